#include "adapters/turborepo/turborepo.hpp"

#include "adapters/turborepo/json.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kContentType = "application/octet-stream";
constexpr std::size_t kMaxJsonBody = 1024 * 1024;

Answer json_answer(unsigned status, std::string body) {
  Answer answer;
  answer.response.status = status;
  answer.response.headers.set("Content-Type", "application/json; charset=utf-8");
  answer.body = std::move(body);
  return answer;
}

Answer refusal(unsigned status, std::string_view code, std::string_view message) {
  return json_answer(status, turbo_error_json(code, message));
}

Answer miss() {
  return refusal(404, "not_found", "Artifact not found");
}

Answer method_refused(std::string_view allow) {
  Answer answer = refusal(405, "method_not_allowed", "Method not allowed");
  answer.response.headers.set("Allow", allow);
  return answer;
}

// A body that could not be read or understood.
Answer body_refused(const Error& error) {
  return error.code == Errc::too_large ? refusal(413, "too_large", error.message)
                                       : refusal(400, "bad_request", error.message);
}

// turbo drops its Authorization from the next request when the answer does not
// list it.
Answer preflight() {
  Answer answer;
  answer.response.headers.set("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, OPTIONS");
  answer.response.headers.set(
      "Access-Control-Allow-Headers",
      "Authorization, User-Agent, Content-Type, x-artifact-duration, x-artifact-tag, "
      "x-artifact-sha, x-artifact-dirty-hash, x-artifact-client-ci, "
      "x-artifact-client-interactive");
  return answer;
}

Answer uploaded(const net::Request& request) {
  const std::optional<std::string_view> host = request.headers.get("host");
  const std::string url = (host ? "http://" + std::string(*host) : "") + request.path;
  return json_answer(202, turbo_uploaded_json(url));
}

// What a fault inside becomes: nothing here may look like a failed build.
Answer tolerated(const net::Request& request) {
  switch (request.method) {
    case net::Method::put:
      return uploaded(request);
    case net::Method::post:
      return json_answer(200, "{}");
    default:
      return miss();
  }
}

}  // namespace

// Its POSTs ask what is there, or tell of it.
std::optional<net::Scope> TurborepoAdapter::needs(const net::Request& request) const {
  return request.method == net::Method::put ? net::Scope::write : net::Scope::read;
}

bool TurborepoAdapter::claims(const net::Request& request) const {
  return is_turbo_path(request.path);
}

net::Task<void> TurborepoAdapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> TurborepoAdapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  if (request.method == net::Method::options) {
    co_return preflight();
  }
  const TurboTarget target = parse_turbo_path(request.path);
  switch (target.route) {
    case TurboRoute::status:
      co_return request.method == net::Method::get ? json_answer(200, R"({"status":"enabled"})")
                                                   : method_refused("GET, OPTIONS");
    case TurboRoute::events:
      co_return request.method == net::Method::post ? co_await events(exchange)
                                                    : method_refused("POST, OPTIONS");
    case TurboRoute::query:
      co_return request.method == net::Method::post ? co_await query(exchange)
                                                    : method_refused("POST, OPTIONS");
    case TurboRoute::artifact:
      co_return co_await artifact(exchange, target.hash);
    case TurboRoute::unknown:
      break;
  }
  co_return request.method == net::Method::put ? refusal(400, "bad_request", "not an artifact hash")
                                               : miss();
}

net::Task<Answer> TurborepoAdapter::artifact(net::HttpExchange& exchange, std::string_view hash) {
  const net::Request& request = exchange.request();
  Result<std::string> team = turbo_namespace(request.query);
  if (!team) {
    co_return refusal(400, "bad_request", team.error().message);
  }
  const cache::EntryKey key{cache::Space::turborepo, *std::move(team), std::string(hash)};
  switch (request.method) {
    case net::Method::get:
      co_return co_await transfer_.get(key, cache::Verify::while_reading, kContentType, miss);
    case net::Method::head:
      co_return co_await transfer_.head(key, kContentType, miss);
    case net::Method::put:
      co_return co_await upload(exchange, key);
    default:
      co_return method_refused("GET, HEAD, PUT, OPTIONS");
  }
}

net::Task<Answer> TurborepoAdapter::upload(net::HttpExchange& exchange,
                                           const cache::EntryKey& key) {
  StoredHeaders headers = select_headers(
      exchange.request(), {kTurboDuration, kTurboTag, "x-artifact-sha", "x-artifact-dirty-hash"});
  const Upload result =
      co_await transfer_.receive(exchange, key, cache::IfExists::replace, std::move(headers));
  co_return result == Upload::incomplete
      ? refusal(400, "bad_request", "the body is shorter than announced")
      : uploaded(exchange.request());
}

net::Task<Answer> TurborepoAdapter::events(net::HttpExchange& exchange) {
  const Result<std::string> body = co_await read_text(exchange, kMaxJsonBody);
  if (!body) {
    co_return body_refused(body.error());
  }
  co_return is_turbo_events(*body) ? json_answer(200, "{}")
                                   : refusal(400, "bad_request", "body is not JSON");
}

net::Task<Answer> TurborepoAdapter::query(net::HttpExchange& exchange) {
  Result<std::string> team = turbo_namespace(exchange.request().query);
  if (!team) {
    co_return refusal(400, "bad_request", team.error().message);
  }
  const Result<std::string> body = co_await read_text(exchange, kMaxJsonBody);
  if (!body) {
    co_return body_refused(body.error());
  }
  const Result<std::vector<std::string>> hashes = parse_turbo_query(*body);
  if (!hashes) {
    co_return body_refused(hashes.error());
  }
  TurboFound found;
  for (const std::string& hash : *hashes) {
    std::optional<cache::EntryInfo> info;
    if (is_turbo_hash(hash)) {
      const cache::EntryKey key{cache::Space::turborepo, *team, hash};
      info = co_await transfer_.stat(key);
    }
    found.emplace_back(hash, std::move(info));
  }
  co_return json_answer(200, turbo_query_json(found));
}

}  // namespace fabrik::adapters
