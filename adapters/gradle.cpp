#include "adapters/gradle.hpp"

#include "adapters/shared/keys.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kPrefix = "/cache/";
constexpr std::string_view kContentType = "application/vnd.gradle.build-cache-artifact.v2";
constexpr std::size_t kKeyDigits = 32;
// A cut body costs Gradle one rebuild; reading 100 MB twice would cost it on every hit.
constexpr cache::Verify kVerify = cache::Verify::while_reading;

std::optional<std::string_view> key_part(std::string_view path) {
  if (path.starts_with(kPrefix)) {
    return path.substr(kPrefix.size());
  }
  if (path.starts_with('/') && is_hex_key(path.substr(1), kKeyDigits)) {
    return path.substr(1);
  }
  return std::nullopt;
}

Answer miss() {
  return text_answer(404, "no such entry\n");
}
Answer accepted() {
  return text_answer(200, "");
}

Answer tolerated(const net::Request& request) {
  return request.method == net::Method::put ? accepted() : miss();
}

}  // namespace

bool GradleAdapter::claims(const net::Request& request) const {
  return key_part(request.path).has_value();
}

net::Task<void> GradleAdapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> GradleAdapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  const std::string_view part = key_part(request.path).value_or("");
  const cache::EntryKey key{cache::Space::gradle, "", std::string(part)};
  const bool valid = is_file_key(part);
  switch (request.method) {
    case net::Method::get:
      co_return valid ? co_await transfer_.get(key, kVerify, kContentType, miss) : miss();
    case net::Method::head:
      co_return valid ? co_await transfer_.head(key, kContentType, miss) : miss();
    case net::Method::put:
      co_return valid ? co_await put(exchange, key) : text_answer(400, "not a cache key\n");
    default:
      co_return not_allowed("GET, HEAD, PUT");
  }
}

net::Task<Answer> GradleAdapter::put(net::HttpExchange& exchange, const cache::EntryKey& key) {
  StoredHeaders headers = select_headers(exchange.request(), {"content-type"});
  (void)co_await transfer_.receive(exchange, key, cache::IfExists::replace, std::move(headers));
  co_return accepted();
}

}  // namespace fabrik::adapters
