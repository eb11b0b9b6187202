#include "net/request_guard.hpp"

#include <array>
#include <charconv>

namespace fabrik::net {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"127.0.0.1", "localhost", "[::1]"};
constexpr std::uint16_t kDefaultPort = 80;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

bool is_loopback_host(std::string_view host, std::uint16_t port) {
  for (const std::string_view name : kNames) {
    if (host.size() < name.size() || !equal_ignoring_case(host.substr(0, name.size()), name)) {
      continue;
    }
    const std::string_view rest = host.substr(name.size());
    if (rest.empty()) {
      return port == kDefaultPort;
    }
    return rest.front() == ':' && parse_port(rest.substr(1)) == port;
  }
  return false;
}

std::optional<Refusal> check_loopback_request(const Request& request, std::uint16_t port) {
  const std::size_t hosts = request.headers.count("host");
  if (hosts != 1) {
    return Refusal{400, hosts == 0 ? "the Host header is missing" : "more than one Host header"};
  }
  if (!is_loopback_host(*request.headers.get("host"), port)) {
    return Refusal{403, "Host must be 127.0.0.1:" + std::to_string(port) +
                            " or localhost:" + std::to_string(port)};
  }
  if (request.headers.count("origin") != 0) {
    return Refusal{403, "it carries an Origin header, so it comes from a web page"};
  }
  const std::size_t sites = request.headers.count("sec-fetch-site");
  if (sites > 1 || (sites == 1 && *request.headers.get("sec-fetch-site") != "none")) {
    return Refusal{403, "Sec-Fetch-Site says that it comes from a web page"};
  }
  return std::nullopt;
}

}  // namespace fabrik::net
