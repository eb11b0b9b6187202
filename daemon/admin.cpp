#include "daemon/admin.hpp"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "daemon/cache_admin.hpp"
#include "daemon/process.hpp"
#include "daemon/revoke.hpp"
#include "daemon/version.hpp"

namespace fabrik::daemon {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxOrder = 64 * 1024;
constexpr std::string_view kCacheRoutes = "/v1/cache/";

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 400;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::unavailable:
      return 503;
    default:
      return 500;
  }
}

std::string dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string error_body(const Error& error) {
  return dump({{"error", error.message}, {"code", name(error.code)}});
}

ordered_json to_json(const cache::SpaceCounters& counters) {
  return {{"hits", counters.hits},
          {"misses", counters.misses},
          {"puts", counters.puts},
          {"dropped", counters.dropped},
          {"bytes_read", counters.bytes_read},
          {"bytes_written", counters.bytes_written}};
}

ordered_json to_json(const std::vector<cache::QuotaStats>& quotas) {
  ordered_json list = ordered_json::array();
  for (const cache::QuotaStats& quota : quotas) {
    list.push_back({{"of", quota.name},
                    {"max_bytes", quota.max_bytes},
                    {"bytes", quota.bytes},
                    {"entries", quota.entries},
                    {"evicted_entries", quota.evicted_entries}});
  }
  return list;
}

ordered_json to_json(const cache::StoreStats& stats) {
  return {{"entries", stats.entries},
          {"blobs", stats.blobs},
          {"bytes", stats.bytes},
          {"content_bytes", stats.content_bytes},
          {"max_bytes", stats.max_bytes},
          {"evicted_blobs", stats.evicted_blobs},
          {"evicted_bytes", stats.evicted_bytes},
          {"evicted_while_referenced", stats.evicted_while_referenced},
          {"corrupt_dropped", stats.corrupt_dropped},
          {"read_only", stats.read_only},
          {"problem", stats.problem},
          {"quotas", to_json(stats.quotas)}};
}

ordered_json to_json(const net::GrpcServerStats& stats) {
  return {{"connections", stats.accepted},
          {"calls", stats.calls},
          {"in_flight", stats.in_flight},
          {"refused", stats.refused}};
}

ordered_json to_json(const adapters::MismatchCounters& mismatches) {
  ordered_json list = ordered_json::array();
  for (const auto& [path, function, instance, count] : mismatches.all()) {
    list.push_back(
        {{"path", path}, {"function", function}, {"instance", instance}, {"count", count}});
  }
  return list;
}

// The beginning of the body; what is cut off is no JSON any more.
net::Task<std::string> read_small(net::HttpExchange& exchange) {
  std::string text;
  while (text.size() < kMaxOrder) {
    const Result<Bytes> piece = co_await exchange.read_body();
    if (!piece || piece->empty()) {
      break;
    }
    text += as_text(*piece);
  }
  co_return text;
}

Result<RevokeOrder> parse_order(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto has = [&json](const char* name, bool (nlohmann::json::*is)() const noexcept) {
    return json.is_object() && json.contains(name) && (json[name].*is)();
  };
  if (!has("writer", &nlohmann::json::is_string) ||
      !has("since_unix_ms", &nlohmann::json::is_number_integer) ||
      !has("dry_run", &nlohmann::json::is_boolean) || json["writer"].get<std::string>().empty()) {
    return fail(Errc::invalid_argument,
                "revoke: the body must be {\"writer\": \"...\", \"since_unix_ms\": N, "
                "\"dry_run\": true or false}");
  }
  return RevokeOrder{.writer = json["writer"].get<std::string>(),
                     .since = from_unix_ms(json["since_unix_ms"].get<std::int64_t>()),
                     .dry_run = json["dry_run"].get<bool>()};
}

}  // namespace

net::Task<void> AdminAdapter::handle(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  net::Response response;
  std::string body;
  const bool reads = request.method == net::Method::get || request.method == net::Method::head;
  if (reads && request.path == "/v1/health") {
    body = health();
  } else if (reads && request.path == "/v1/stats") {
    body = stats();
  } else if (request.method == net::Method::post && request.path == "/v1/flush") {
    body = co_await flush(response.status);
  } else if (request.method == net::Method::post && request.path == "/v1/revoke") {
    body = co_await take_back(exchange, response.status);
  } else if (request.method == net::Method::post && request.path.starts_with(kCacheRoutes)) {
    body = co_await change_cache(exchange, response.status);
  } else {
    response.status = 404;
    body = error_body({Errc::not_found, request.method_name + " " + request.path +
                                            ": the worker has no such route"});
  }
  response.headers.set("content-type", "application/json");
  static_cast<void>(co_await exchange.reply(std::move(response), std::move(body)));
}

net::Task<std::string> AdminAdapter::take_back(net::HttpExchange& exchange, unsigned& status) {
  const Result<RevokeOrder> order = parse_order(co_await read_small(exchange));
  if (!order) {
    status = 400;
    co_return error_body(order.error());
  }
  if (view_.audit) {
    view_.audit->flush();
  }
  const Result<Revoked> done = co_await net::on_pool(
      view_.pool, [this, &order] { return revoke(view_.store, view_.log_dir, *order); });
  if (!done) {
    status = 500;
    co_return error_body(done.error());
  }
  co_return dump({{"dry_run", order->dry_run},
                  {"entries", done->entries},
                  {"blobs", done->blobs},
                  {"bytes", done->bytes},
                  {"examples", done->examples}});
}

std::string AdminAdapter::health() const {
  const std::string problem = view_.problem();
  ordered_json json = {{"status", problem.empty() ? "ok" : "degraded"}};
  if (!problem.empty()) {
    json["reason"] = problem;
  }
  json["pid"] = ::getpid();
  json["version"] = kVersion;
  return dump(json);
}

std::string AdminAdapter::stats() const {
  const auto uptime = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - view_.started);
  const net::HttpServerStats server = view_.server.stats();
  ordered_json spaces = ordered_json::object();
  for (const cache::Space space : cache::kSpaces) {
    spaces[std::string(cache::name(space))] = to_json(view_.counters.of(space));
  }
  return dump({{"uptime_ms", static_cast<std::uint64_t>(uptime.count())},
               {"version", kVersion},
               {"pid", ::getpid()},
               {"requests", server.requests},
               {"in_flight", server.in_flight},
               {"refused", server.refused},
               {"connections", server.connections},
               {"grpc", to_json(view_.grpc.stats())},
               {"digest_mismatches", to_json(view_.mismatches)},
               {"rss_bytes", resident_bytes()},
               {"spaces", std::move(spaces)},
               {"store", to_json(view_.store.stats())}});
}

net::Task<std::string> AdminAdapter::flush(unsigned& status) {
  cache::Store& store = view_.store;
  const Result<void> flushed =
      co_await net::on_pool(view_.pool, [&store] { return store.flush(); });
  if (!flushed) {
    status = 500;
    co_return error_body(flushed.error());
  }
  co_return dump({{"flushed", true}});
}

net::Task<std::string> AdminAdapter::change_cache(net::HttpExchange& exchange, unsigned& status) {
  const std::string action = exchange.request().path.substr(kCacheRoutes.size());
  const auto order = co_await read_small(exchange);
  const Result<std::string> answer = co_await net::on_pool(
      view_.pool, [this, &action, &order] { return cache_admin(view_.store, action, order); });
  if (!answer) {
    status = status_of(answer.error().code);
    co_return error_body(answer.error());
  }
  co_return *answer;
}

}  // namespace fabrik::daemon
