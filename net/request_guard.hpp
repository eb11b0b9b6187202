// Keeps web pages out of the cache port. A page can make a browser send requests
// to 127.0.0.1 (CSRF), and with DNS rebinding even read the answers under a host
// name of its own. Build tools send neither an Origin nor a foreign Host. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace fabrik::net {

// Why a request is turned away before any adapter sees it.
struct Refusal {
  unsigned status = 403;
  std::string reason;  // goes to the client: "request refused: ..."
};

// nullopt: let it through. Rules: exactly one Host (else 400); Host is 127.0.0.1,
// localhost or [::1] with `port`, which may be left out only when it is 80; no
// Origin; no Sec-Fetch-Site but "none" (403 each).
std::optional<Refusal> check_loopback_request(const Request& request, std::uint16_t port);

// Whether a Host value names this machine's loopback and `port`.
bool is_loopback_host(std::string_view host, std::uint16_t port);

}  // namespace fabrik::net
