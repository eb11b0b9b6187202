#include "net/caller.hpp"

#include <gtest/gtest.h>

#include "net/http_exchange.hpp"

namespace fabrik::net {
namespace {

class Plain final : public HttpAdapter {
 public:
  std::string_view name() const override { return "plain"; }
  bool claims(const Request&) const override { return true; }
  Task<void> handle(HttpExchange&) override { co_return; }
};

TEST(Scopes, HoldExactlyWhatWasAdded) {
  Scopes scopes{Scope::read};
  EXPECT_TRUE(scopes.has(Scope::read));
  EXPECT_FALSE(scopes.has(Scope::write));
  scopes.add(Scope::admin);
  EXPECT_TRUE(scopes.has(Scope::admin));
  EXPECT_FALSE(scopes.has(Scope::write));
  EXPECT_FALSE(Scopes().has(Scope::read));
}

TEST(Scopes, HaveTheNamesThatTokensUse) {
  EXPECT_EQ(name(Scope::read), "cache:read");
  EXPECT_EQ(name(Scope::write), "cache:write");
  EXPECT_EQ(name(Scope::admin), "cache:admin");
}

TEST(HttpAdapter, NeedsTheRightToWriteForWhateverIsNotALook) {
  const Plain adapter;
  const auto needs = [&](Method method) {
    Request request;
    request.method = method;
    return adapter.needs(request);
  };
  EXPECT_EQ(needs(Method::get), Scope::read);
  EXPECT_EQ(needs(Method::head), Scope::read);
  EXPECT_EQ(needs(Method::options), Scope::read);
  EXPECT_EQ(needs(Method::put), Scope::write);
  EXPECT_EQ(needs(Method::post), Scope::write);
  EXPECT_EQ(needs(Method::del), Scope::write);
  EXPECT_EQ(needs(Method::other), Scope::write);
}

}  // namespace
}  // namespace fabrik::net
