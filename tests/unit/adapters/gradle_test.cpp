#include "adapters/gradle.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_exchange.hpp"
#include "tests/support/faulty_cache.hpp"
#include "tests/support/memory_cache.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::get;
using testing::head;
using testing::put;
using testing::served;

constexpr std::string_view kHash = "0123456789abcdef0123456789abcdef";

class GradleTest : public ::testing::Test {
 protected:
  std::string key(std::string_view prefix) { return std::string(prefix) + std::string(kHash); }

  testing::MemoryCache cache_;
  std::unique_ptr<Log> log_ = null_log();
  GradleAdapter adapter_{cache_, *log_};
};

TEST_F(GradleTest, ServesWhatWasStoredUnderEitherPath) {
  EXPECT_EQ(served(adapter_, put(key("/cache/"), "archive")).status(), 200u);
  for (const char* prefix : {"/cache/", "/"}) {
    const FakeExchange hit = served(adapter_, get(key(prefix)));
    EXPECT_EQ(hit.status(), 200u);
    EXPECT_EQ(hit.sent(), "archive");
    EXPECT_EQ(hit.announced(), 7u);
  }
}

TEST_F(GradleTest, OverwritesAnExistingKey) {
  served(adapter_, put(key("/cache/"), "first"));
  EXPECT_EQ(served(adapter_, put(key("/"), "second")).status(), 200u);
  EXPECT_EQ(served(adapter_, get(key("/cache/"))).sent(), "second");
}

TEST_F(GradleTest, AnswersWithTheStoredContentTypeOrItsOwn) {
  served(adapter_,
         put("/cache/a", "x")
             .with_header("Content-Type", "application/vnd.gradle.build-cache-artifact.v1"));
  served(adapter_, put("/cache/b", "x"));
  EXPECT_EQ(served(adapter_, get("/cache/a")).header("content-type"),
            "application/vnd.gradle.build-cache-artifact.v1");
  EXPECT_EQ(served(adapter_, get("/cache/b")).header("content-type"),
            "application/vnd.gradle.build-cache-artifact.v2");
}

TEST_F(GradleTest, AcceptsAnyBasicCredentials) {
  EXPECT_EQ(
      served(adapter_, put("/cache/a", "x").with_header("Authorization", "Basic dTpw")).status(),
      200u);
  EXPECT_EQ(served(adapter_, get("/cache/a").with_header("Authorization", "Basic eDp5")).status(),
            200u);
}

TEST_F(GradleTest, AcceptsAndDropsWhatIsTooLarge) {
  cache_.limit_entry_size(10);
  EXPECT_EQ(served(adapter_, put("/cache/a", std::string(11, 'x'))).status(), 200u);
  EXPECT_EQ(served(adapter_, get("/cache/a")).status(), 404u);
}

TEST_F(GradleTest, HeadTellsTheSizeWithoutTheBytes) {
  served(adapter_, put("/cache/a", "12345"));
  const FakeExchange hit = served(adapter_, head("/cache/a"));
  EXPECT_EQ(hit.status(), 200u);
  EXPECT_EQ(hit.announced(), 5u);
  EXPECT_EQ(hit.sent(), "");
  EXPECT_EQ(served(adapter_, head("/cache/b")).status(), 404u);
}

TEST_F(GradleTest, RefusesKeysNoGradleSends) {
  for (const std::string& bad :
       {std::string(""), std::string(".."), std::string("%2e%2e"), std::string("a%00"),
        std::string("a/b"), std::string("a\0b", 3), std::string(4096, 'k')}) {
    EXPECT_EQ(served(adapter_, get("/cache/" + bad)).status(), 404u) << bad;
    EXPECT_EQ(served(adapter_, head("/cache/" + bad)).status(), 404u) << bad;
    EXPECT_EQ(served(adapter_, put("/cache/" + bad, "x")).status(), 400u) << bad;
  }
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(GradleTest, OtherMethodsAreNotAllowed) {
  for (const net::Method method : {net::Method::post, net::Method::del, net::Method::other}) {
    const FakeExchange refused = served(adapter_, FakeExchange(method, "X", "/cache/a"));
    EXPECT_EQ(refused.status(), 405u);
    EXPECT_EQ(refused.header("allow"), "GET, HEAD, PUT");
  }
}

// Any other status on a PUT switches Gradle's remote cache off for the build.
TEST_F(GradleTest, APutIs200WhateverFailsInside) {
  for (const testing::Step step : testing::kAllSteps) {
    for (const auto fault : {testing::Fault::error, testing::Fault::exception}) {
      testing::FaultyCache faulty(cache_);
      GradleAdapter adapter(faulty, *log_);
      faulty.fail_at(step, fault);
      EXPECT_EQ(served(adapter, put("/cache/a", "x")).status(), 200u) << name(step);
    }
  }
}

}  // namespace
}  // namespace fabrik::adapters
