#include "adapters/nx.hpp"

#include "adapters/shared/keys.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kPrefix = "/v1/cache/";
constexpr std::string_view kContentType = "application/octet-stream";

Answer miss() {
  return text_answer(404, "The record was not found\n");
}
Answer accepted() {
  return text_answer(200, "");
}
Answer refused() {
  return text_answer(403, "not a cache key\n");
}
Answer existed() {
  return text_answer(409, "Cannot override an existing record\n");
}

Answer tolerated(const net::Request& request) {
  return request.method == net::Method::put ? accepted() : miss();
}

}  // namespace

bool NxAdapter::claims(const net::Request& request) const {
  return request.path.starts_with(kPrefix);
}

net::Task<void> NxAdapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> NxAdapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  const std::string_view part = std::string_view(request.path).substr(kPrefix.size());
  const cache::EntryKey key{cache::Space::nx, "", std::string(part)};
  const bool valid = is_word_key(part);
  switch (request.method) {
    case net::Method::get:
      co_return valid ? co_await transfer_.get(key, cache::Verify::whole_first, kContentType, miss)
                      : miss();
    case net::Method::head:
      co_return valid ? co_await transfer_.head(key, kContentType, miss) : miss();
    case net::Method::put:
      co_return valid ? co_await put(exchange, key) : refused();
    default:
      co_return not_allowed("GET, HEAD, PUT");
  }
}

net::Task<Answer> NxAdapter::put(net::HttpExchange& exchange, const cache::EntryKey& key) {
  const Upload upload = co_await transfer_.receive(exchange, key, cache::IfExists::keep, {});
  co_return upload == Upload::existed ? existed() : accepted();
}

}  // namespace fabrik::adapters
