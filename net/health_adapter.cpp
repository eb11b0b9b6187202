#include "net/health_adapter.hpp"

namespace fabrik::net {
namespace {

// The one text of ours that goes into JSON here; a library would weigh more.
std::string quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += '\\';
    }
    json += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return json + '"';
}

}  // namespace

bool HealthAdapter::claims(const Request& request) const {
  return (request.method == Method::get || request.method == Method::head) &&
         (request.path == "/health" || request.path == "/status");
}

Task<void> HealthAdapter::handle(HttpExchange& exchange) {
  const std::string problem = problem_();
  std::string body = problem.empty()
                         ? "{\"status\":\"ok\"}\n"
                         : "{\"status\":\"degraded\",\"reason\":" + quoted(problem) + "}\n";
  Response response;
  response.headers.set("content-type", "application/json");
  // A lost answer is the client's loss; there is nobody to tell.
  const Result<void> ignored = co_await exchange.reply(std::move(response), std::move(body));
  static_cast<void>(ignored);
}

}  // namespace fabrik::net
