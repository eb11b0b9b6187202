// Who wants to know of every request that was answered: metrics, the access log.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace fabrik::net {

// Valid during the call only.
struct RequestRecord {
  std::string_view tool;  // the adapter's name, "grpc" for calls; empty: nobody claimed it
  std::string_view method;
  std::string_view path;                // without the query; of gRPC the full name of the method
  int status = 0;                       // of HTTP; of gRPC its own code
  std::string_view peer;                // "uid 1000"
  std::string_view traceparent;         // as sent (W3C Trace Context), not checked; empty: none
  std::chrono::nanoseconds duration{};  // from the end of its head to the end of the answer
};

// Thread-safe. Called in the middle of somebody's connection: does not wait.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  virtual void ended(const RequestRecord& record) = 0;
};

}  // namespace fabrik::net
