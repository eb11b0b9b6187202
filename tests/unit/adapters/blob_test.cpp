#include "adapters/blob.hpp"

#include <gtest/gtest.h>

#include "adapters/adapters.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/faulty_cache.hpp"
#include "tests/support/memory_cache.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::get;
using testing::put;
using testing::served;

FakeExchange del(std::string_view target) {
  return {net::Method::del, "DELETE", target};
}

class BlobTest : public ::testing::Test {
 protected:
  testing::MemoryCache cache_;
  std::unique_ptr<Log> log_ = null_log();
  testing::AdapterParts parts_;
  BlobAdapter ccache_{{.name = "ccache", .prefix = "/ccache/"}, cache_, *log_};
  BlobAdapter rush_{{.name = "rush", .prefix = "/rush/"}, cache_, *log_};
};

TEST_F(BlobTest, ServesEveryCcacheLayout) {
  const std::string bazel = "/ccache/ac/" + std::string(64, 'a');
  for (const std::string& path : {std::string("/ccache/ab/cdefghijklmnopqrstuv0123456789-"),
                                  std::string("/ccache/abcdefghijklmnopqrstuv0123456789a"), bazel,
                                  std::string("/ccache/my/project/ab/cdef")}) {
    EXPECT_EQ(served(ccache_, get(path)).status(), 404u) << path;
    EXPECT_EQ(served(ccache_, put(path, path + " bytes")).status(), 200u) << path;
    EXPECT_EQ(served(ccache_, get(path)).sent(), path + " bytes");
  }
}

TEST_F(BlobTest, ReturnsBytesUnderAcUnchanged) {
  const std::string opaque("\x0a\x00\xff not an ActionResult", 22);
  const std::string path = "/ccache/ac/" + std::string(64, '0');
  served(ccache_, put(path, opaque));
  EXPECT_EQ(served(ccache_, get(path)).sent(), opaque);
}

TEST_F(BlobTest, ToolsDoNotSeeEachOthersKeys) {
  served(ccache_, put("/ccache/0123", "ccache"));
  EXPECT_EQ(served(rush_, get("/rush/0123")).status(), 404u);
  served(rush_, put("/rush/0123", "rush"));
  EXPECT_EQ(served(ccache_, get("/ccache/0123")).sent(), "ccache");
  EXPECT_EQ(served(rush_, get("/rush/0123")).sent(), "rush");
}

TEST_F(BlobTest, OverwritesAndDeletes) {
  served(ccache_, put("/ccache/a", "one"));
  served(ccache_, put("/ccache/a", "two"));
  EXPECT_EQ(served(ccache_, get("/ccache/a")).sent(), "two");
  EXPECT_EQ(served(ccache_, del("/ccache/a")).status(), 200u);
  EXPECT_EQ(served(ccache_, get("/ccache/a")).status(), 404u);
  EXPECT_EQ(served(ccache_, del("/ccache/a")).status(), 200u);
}

TEST_F(BlobTest, EquivalentEncodingsNameOneEntry) {
  served(ccache_, put("/ccache/a%62", "x"));
  EXPECT_EQ(served(ccache_, get("/ccache/ab")).sent(), "x");
}

TEST_F(BlobTest, RefusesHostileKeys) {
  for (const std::string& bad :
       {std::string(""), std::string("../x"), std::string("a/%2e%2e/x"), std::string("a%00"),
        std::string("a\0", 2), std::string(4096, 'k')}) {
    EXPECT_EQ(served(ccache_, get("/ccache/" + bad)).status(), 404u) << bad;
    EXPECT_EQ(served(ccache_, put("/ccache/" + bad, "x")).status(), 400u) << bad;
    EXPECT_EQ(served(ccache_, del("/ccache/" + bad)).status(), 400u) << bad;
  }
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(BlobTest, HeadTellsTheSize) {
  served(rush_, put("/rush/a", "1234"));
  EXPECT_EQ(served(rush_, testing::head("/rush/a")).announced(), 4u);
  EXPECT_EQ(served(rush_, testing::head("/rush/b")).status(), 404u);
}

TEST_F(BlobTest, OtherMethodsAreNotAllowed) {
  const FakeExchange refused = served(rush_, FakeExchange(net::Method::post, "POST", "/rush/a"));
  EXPECT_EQ(refused.status(), 405u);
  EXPECT_EQ(refused.header("Allow"), "GET, HEAD, PUT, DELETE");
}

// Rush ends with an error status when a write fails.
TEST_F(BlobTest, WritesAre200WhateverFailsInside) {
  for (const testing::Step step : testing::kAllSteps) {
    for (const auto fault : {testing::Fault::error, testing::Fault::exception}) {
      testing::FaultyCache faulty(cache_);
      BlobAdapter adapter({.name = "rush", .prefix = "/rush/"}, faulty, *log_);
      faulty.fail_at(step, fault);
      EXPECT_EQ(served(adapter, put("/rush/a", "x")).status(), 200u) << name(step);
      EXPECT_EQ(served(adapter, del("/rush/a")).status(), 200u) << name(step);
    }
  }
}

TEST_F(BlobTest, RushGetsOnlyBodiesThatWereVerifiedAsAWhole) {
  const auto made = parts_.make(cache_, {"rush"});
  served(*made.front(), put("/rush/a", "x"));
  served(*made.front(), get("/rush/a"));
  EXPECT_EQ(cache_.last_verify(), cache::Verify::whole_first);
}

}  // namespace
}  // namespace fabrik::adapters
