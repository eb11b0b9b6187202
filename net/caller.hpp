// Who sent a request, once it has proved that, and the interface of those who check.
// For servers that are reached from other machines; on loopback the user id decides
// (peer_check.hpp).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "net/task.hpp"

namespace fabrik::net {

// What a caller may do. Administration includes neither of the others.
enum class Scope : std::uint8_t { read = 1, write = 2, admin = 4 };

// "cache:read", "cache:write", "cache:admin": as tokens and messages name them.
std::string_view name(Scope scope);

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) {
      add(scope);
    }
  }
  constexpr void add(Scope scope) { bits_ |= static_cast<std::uint8_t>(scope); }
  constexpr bool has(Scope scope) const { return (bits_ & static_cast<std::uint8_t>(scope)) != 0; }
  bool operator==(const Scopes&) const = default;

 private:
  std::uint8_t bits_ = 0;
};

// How far other callers may rely on what one wrote, the least first. The server
// decides it from what it has verified, never from what a request says.
enum class Tier : std::uint8_t { developer, fork, branch, main, release };

struct Caller {
  std::string subject;  // for records of who wrote what: "ci@example.com"
  Scopes scopes;
  std::string ns;  // whose entries it sees; empty: those of nobody in particular
  Tier tier = Tier::developer;
};

// Thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // The caller behind the value of an Authorization header; empty: none was sent. Every
  // channel that fabrik's protocols have leads to that header (presented_token()).
  // unauthenticated: no valid proof; the message says what is wrong with it, in words
  // that may go to the caller. unavailable: cannot be decided at present.
  // `authorization` must live until the await ends.
  virtual Task<Result<Caller>> authenticate(std::string_view authorization) = 0;
};

}  // namespace fabrik::net
