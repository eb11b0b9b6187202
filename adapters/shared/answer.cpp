#include "adapters/shared/answer.hpp"

#include <exception>

namespace fabrik::adapters {
namespace {

class SizeOnly final : public net::BodySource {
 public:
  explicit SizeOnly(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  net::Task<Result<Bytes>> next() override { co_return Bytes{}; }

 private:
  std::uint64_t size_;
};

net::Task<Result<void>> send(net::HttpExchange& exchange, Answer& answer) {
  if (answer.content) {
    return exchange.stream(std::move(answer.response), *answer.content);
  }
  return exchange.reply(std::move(answer.response), std::move(answer.body));
}

void log_request(Log& log, std::string_view adapter, const net::Request& request, unsigned status,
                 std::uint64_t bytes, const Result<void>& sent) {
  log.debug("request",
            {{"adapter", adapter},
             {"method", request.method_name},
             {"path", request.path},
             {"status", status},
             {"bytes", bytes},
             {"peer", request.peer},
             {"error", sent ? std::string_view{} : std::string_view(sent.error().message)}});
}

}  // namespace

Answer text_answer(unsigned status, std::string_view text) {
  Answer answer{
      .response = {.status = status, .headers = {}}, .body = std::string(text), .content = nullptr};
  answer.response.headers.set("Content-Type", "text/plain; charset=utf-8");
  return answer;
}

Answer not_allowed(std::string_view allow) {
  Answer answer = text_answer(405, "method not allowed\n");
  answer.response.headers.set("Allow", allow);
  return answer;
}

std::unique_ptr<net::BodySource> size_only(std::uint64_t size) {
  return std::make_unique<SizeOnly>(size);
}

net::Task<void> respond(net::HttpExchange& exchange, Log& log, std::string_view adapter,
                        net::Task<Answer> work, Tolerated tolerated) {
  Answer answer;
  try {
    answer =
        exchange.request().overloaded ? tolerated(exchange.request()) : co_await std::move(work);
  } catch (const std::exception& fault) {
    answer = tolerated(exchange.request());
    log.error("request failed inside; answered as the client tolerates it",
              {{"adapter", adapter},
               {"method", exchange.request().method_name},
               {"path", exchange.request().path},
               {"status", answer.response.status},
               {"error", fault.what()}});
  }
  const unsigned status = answer.response.status;
  const std::uint64_t bytes = answer.content ? answer.content->size() : answer.body.size();
  const Result<void> sent = co_await send(exchange, answer);
  log_request(log, adapter, exchange.request(), status, bytes, sent);
}

}  // namespace fabrik::adapters
