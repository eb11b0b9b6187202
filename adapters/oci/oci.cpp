#include "adapters/oci/oci.hpp"

#include "adapters/oci/errors.hpp"
#include "adapters/oci/names.hpp"

namespace fabrik::adapters {
namespace {

bool reads(const net::Request& request) {
  return request.method == net::Method::get || request.method == net::Method::head;
}

Answer tolerated(const net::Request& request) {
  if (request.overloaded) {
    // Not 429, the code's own status: BuildKit tries again after a 5xx only.
    return oci_error(503, "TOOMANYREQUESTS", "too many requests at once; try again");
  }
  return reads(request) ? oci_error(404, "UNKNOWN", "not found")
                        : oci_error(503, "UNKNOWN", "the cache failed inside; try again");
}

Answer pong() {
  Answer answer;
  answer.response.headers.set("Content-Type", "application/json");
  answer.body = "{}";
  return answer;
}

}  // namespace

net::Task<void> OciAdapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> OciAdapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  const OciTarget target = parse_oci_path(request.path);
  Answer answer;
  switch (target.route) {
    case OciRoute::ping:
      answer = reads(request) ? pong() : oci_not_allowed("GET, HEAD");
      break;
    case OciRoute::catalog:
      answer = reads(request) ? co_await lists_.catalog(request) : oci_not_allowed("GET, HEAD");
      break;
    case OciRoute::unknown:
      answer = oci_error(404, "UNSUPPORTED", "no endpoint of an OCI registry");
      break;
    default:
      answer = is_oci_repository(target.repository)
                   ? co_await decide_in_repository(exchange, target)
                   : oci_error(400, "NAME_INVALID",
                               "\"" + target.repository +
                                   "\" is not a repository: lower-case letters, "
                                   "digits, '.', '_', '-' and '/'");
  }
  // Old clients ask for it before they believe that this is a registry.
  answer.response.headers.set("Docker-Distribution-Api-Version", "registry/2.0");
  co_return answer;
}

net::Task<Answer> OciAdapter::decide_in_repository(net::HttpExchange& exchange,
                                                   const OciTarget& target) {
  const net::Request& request = exchange.request();
  switch (target.route) {
    case OciRoute::blob:
      co_return co_await blobs_.handle(request, target.repository, target.reference);
    case OciRoute::uploads:
      co_return co_await uploads_.start(exchange, target.repository);
    case OciRoute::upload:
      co_return co_await uploads_.handle(exchange, target.repository, target.reference);
    case OciRoute::manifest:
      co_return co_await manifests_.handle(exchange, target.repository, target.reference);
    default:
      break;
  }
  if (!reads(request)) {
    co_return oci_not_allowed("GET, HEAD");
  }
  co_return target.route == OciRoute::tags
      ? co_await lists_.tags(request, target.repository)
      : co_await lists_.referrers(request, target.repository, target.reference);
}

}  // namespace fabrik::adapters
