#include "net/health_adapter.hpp"

#include <gtest/gtest.h>

namespace fabrik::net {
namespace {

Request request(Method method, std::string path) {
  Request made;
  made.method = method;
  made.path = std::move(path);
  return made;
}

TEST(HealthAdapter, ClaimsReadsOfItsTwoRoutesOnly) {
  const HealthAdapter health([] { return std::string(); });
  EXPECT_TRUE(health.claims(request(Method::get, "/health")));
  EXPECT_TRUE(health.claims(request(Method::get, "/status")));
  EXPECT_TRUE(health.claims(request(Method::head, "/status")));
  EXPECT_FALSE(health.claims(request(Method::put, "/health")));
  EXPECT_FALSE(health.claims(request(Method::get, "/health/x")));
}

}  // namespace
}  // namespace fabrik::net
