#include "adapters/reapi/health.hpp"

#include "adapters/reapi/unary.hpp"
#include "grpc/health/v1/health.pb.h"

namespace fabrik::adapters::reapi {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

bool Health::knows(const std::string& service) const {
  return service.empty() || services_.contains(service);
}

net::Task<net::RpcStatus> Health::handle(std::string_view method, net::RpcCall& call) {
  if (method == "Check") {
    co_return co_await check(call);
  }
  if (method == "Watch") {
    co_return co_await watch(call);
  }
  co_return net::unimplemented(method);
}

net::Task<net::RpcStatus> Health::check(net::RpcCall& call) {
  HealthCheckRequest request;
  if (const Result<void> read = co_await read_request(call, request); !read) {
    co_return to_status(read.error());
  }
  if (!knows(request.service())) {
    co_return net::RpcStatus{net::RpcCode::not_found, "there is no such service here"};
  }
  HealthCheckResponse response;
  response.set_status(HealthCheckResponse::SERVING);
  co_return co_await answer(call, response);
}

// The state changes only with the end of the server.
net::Task<net::RpcStatus> Health::watch(net::RpcCall& call) {
  HealthCheckRequest request;
  if (const Result<void> read = co_await read_request(call, request); !read) {
    co_return to_status(read.error());
  }
  HealthCheckResponse response;
  response.set_status(knows(request.service()) ? HealthCheckResponse::SERVING
                                               : HealthCheckResponse::SERVICE_UNKNOWN);
  if (const net::RpcStatus sent = co_await answer(call, response); !sent.ok()) {
    co_return sent;
  }
  co_await call.until_cancelled();
  co_return net::RpcStatus{net::RpcCode::unavailable, "the server is stopping"};
}

}  // namespace fabrik::adapters::reapi
