// Knows callers by made-up tokens: "reader", "writer", "admin".
#pragma once

#include "net/access_token.hpp"
#include "net/caller.hpp"

namespace fabrik::testing {

class FakeAuthenticator final : public net::Authenticator {
 public:
  net::Task<Result<net::Caller>> authenticate(std::string_view authorization) override {
    const std::string token = net::presented_token(authorization);
    net::Caller caller{.subject = token, .scopes = {net::Scope::read}, .ns = "team"};
    if (token == "writer") {
      caller.scopes.add(net::Scope::write);
    } else if (token == "admin") {
      caller.scopes = {net::Scope::admin};
    } else if (token == "later") {
      co_return fail(Errc::unavailable, "the keys could not be fetched");
    } else if (token != "reader") {
      co_return fail(Errc::unauthenticated, "the token is not valid");
    }
    co_return caller;
  }
};

}  // namespace fabrik::testing
