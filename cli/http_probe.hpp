// One plain HTTP request to a loopback port, blocking: what `health` and `doctor`
// ask the cache with, the way a build tool would.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "activate/control_message.hpp"
#include "base/result.hpp"

namespace fabrik::cli {

struct HttpEndpoint {
  std::string host;  // an IPv4 or IPv6 address, without brackets
  std::uint16_t port = 0;
  std::string target = "/";
  std::string token = {};  // of a project in token mode; never printed

  static HttpEndpoint loopback(std::uint16_t port) { return {"127.0.0.1", port, "/"}; }
};

// "http://127.0.0.1:8080/health". Addresses and "localhost" only: a static
// program cannot ask the name service. invalid_argument otherwise.
Result<HttpEndpoint> parse_http_url(std::string_view url);

struct ProbeRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

// On a fresh connection. unavailable: nobody listens there. timeout: `timeout`
// passed before the answer was complete. invalid_argument: that is no answer.
Result<activate::ControlReply> http_probe(const HttpEndpoint& endpoint, const ProbeRequest& request,
                                          std::chrono::milliseconds timeout);

}  // namespace fabrik::cli
