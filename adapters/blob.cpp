#include "adapters/blob.hpp"

#include "adapters/shared/keys.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kContentType = "application/octet-stream";

Answer miss() {
  return text_answer(404, "no such entry\n");
}
Answer accepted() {
  return text_answer(200, "");
}

bool is_write(net::Method method) {
  return method == net::Method::put || method == net::Method::del;
}

Answer tolerated(const net::Request& request) {
  return is_write(request.method) ? accepted() : miss();
}

}  // namespace

bool BlobAdapter::claims(const net::Request& request) const {
  return request.path.starts_with(route_.prefix);
}

net::Task<void> BlobAdapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> BlobAdapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  std::optional<std::string> path =
      nested_key(std::string_view(request.path).substr(route_.prefix.size()));
  if (!path) {
    co_return is_write(request.method) ? text_answer(400, "not a cache key\n") : miss();
  }
  const cache::EntryKey key{route_.space, std::string(route_.name), *std::move(path)};
  switch (request.method) {
    case net::Method::get:
      co_return co_await transfer_.get(key, route_.verify, kContentType, miss);
    case net::Method::head:
      co_return co_await transfer_.head(key, kContentType, miss);
    case net::Method::put:
      (void)co_await transfer_.receive(exchange, key, cache::IfExists::replace, {});
      co_return accepted();
    case net::Method::del:
      co_await transfer_.erase(key);
      co_return accepted();
    default:
      co_return not_allowed("GET, HEAD, PUT, DELETE");
  }
}

}  // namespace fabrik::adapters
