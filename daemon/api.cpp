#include "daemon/api.hpp"

#include <nlohmann/json.hpp>

#include "daemon/artifact_query.hpp"

namespace fabrik::daemon {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";
constexpr std::string_view kArtifacts = "/api/v1/artifacts";
constexpr std::string_view kSearch = "/api/v1/artifacts/search";
// To add the sizes up means to walk through all entries.
constexpr std::chrono::seconds kSizesKept{30};

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::unavailable:
      return 503;
    default:
      return 500;
  }
}

std::string error_body(const Error& error) {
  const nlohmann::ordered_json json = {
      {"error", name(error.code)}, {"message", error.message}, {"code", status_of(error.code)}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

bool looks(const net::Request& request) {
  return request.method == net::Method::get || request.method == net::Method::head;
}

}  // namespace

bool ApiAdapter::claims(const net::Request& request) const {
  return (view_.metrics && request.path == "/metrics" && looks(request)) ||
         (view_.queries && request.path.starts_with(kPrefix));
}

Result<std::string> ApiAdapter::stats() {
  const auto now = view_.clock.steady_now();
  {
    const std::lock_guard lock(mutex_);
    if (sizes_known_ && now - sizes_since_ < kSizesKept) {
      return stats_json(view_.snapshot(), sizes_);
    }
  }
  FABRIK_TRY(auto sizes, size_by_tool(view_.store));
  const std::lock_guard lock(mutex_);
  sizes_ = std::move(sizes);
  sizes_since_ = now;
  sizes_known_ = true;
  return stats_json(view_.snapshot(), sizes_);
}

Result<std::string> ApiAdapter::answer(const net::Request& request) {
  if (!looks(request)) {
    return fail(Errc::invalid_argument, "this interface only answers questions: use GET");
  }
  if (request.path == "/api/v1/stats") {
    return stats();
  }
  if (request.path == kArtifacts || request.path == kSearch) {
    FABRIK_TRY(const ArtifactQuery query, parse_artifact_query(request));
    return list_artifacts(view_.store, query);
  }
  const std::string_view path = request.path;
  if (path.starts_with(kArtifacts) && path.size() > kArtifacts.size() + 1) {
    return show_artifact(view_.store, path.substr(kArtifacts.size() + 1));
  }
  return fail(Errc::not_found, "there is no " + request.path);
}

net::Task<void> ApiAdapter::handle(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  net::Response response;
  response.headers.set("cache-control", "no-store");
  response.headers.set("x-content-type-options", "nosniff");
  if (request.path == "/metrics") {
    response.headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    static_cast<void>(
        co_await exchange.reply(std::move(response), prometheus_text(view_.snapshot())));
    co_return;
  }
  response.headers.set("content-type", "application/json");
  Result<std::string> body =
      co_await net::on_pool(view_.pool, [this, &request] { return answer(request); });
  if (!body) {
    response.status = status_of(body.error().code);
    body = error_body(body.error());
  }
  static_cast<void>(co_await exchange.reply(std::move(response), *std::move(body)));
}

}  // namespace fabrik::daemon
