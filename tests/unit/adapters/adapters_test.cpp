#include "adapters/adapters.hpp"

#include <gtest/gtest.h>

#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/memory_cache.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::MemoryCache;

class AdaptersTest : public ::testing::Test {
 protected:
  // The name of the adapter that gets the request, "" when none does.
  std::string claimed_by(const std::vector<std::string>& enabled, std::string_view target) {
    const auto adapters = parts_.make(cache_, enabled);
    const FakeExchange exchange = testing::get(target);
    for (const auto& adapter : adapters) {
      if (adapter->claims(exchange.request())) {
        return std::string(adapter->name());
      }
    }
    return "";
  }
  std::vector<std::string> all_ = {known_adapters().begin(), known_adapters().end()};
  MemoryCache cache_;
  testing::AdapterParts parts_;
};

TEST_F(AdaptersTest, WhatItSpeaksIsServedByDefault) {
  for (const std::string& name : all_) {
    EXPECT_TRUE(config::BuildToolsConfig{}.is_enabled(name)) << name;
  }
}

TEST_F(AdaptersTest, EachRequestGoesToTheProtocolThatSpeaksIt) {
  EXPECT_EQ(claimed_by(all_, "/cache/0123"), "gradle");
  EXPECT_EQ(claimed_by(all_, "/0123456789abcdef0123456789abcdef"), "gradle");
  EXPECT_EQ(claimed_by(all_, "/v1/cache/123"), "nx");
  EXPECT_EQ(claimed_by(all_, "/v8/artifacts/status"), "turborepo");
  EXPECT_EQ(claimed_by(all_, "/v8/artifacts"), "turborepo");
  EXPECT_EQ(claimed_by(all_, "/ccache/ab/cdef"), "ccache");
  EXPECT_EQ(claimed_by(all_, "/rush/0123"), "rush");
  EXPECT_EQ(claimed_by(all_, "/v2/"), "buildkit");
  EXPECT_EQ(claimed_by(all_, "/v2/app/manifests/latest"), "buildkit");
  EXPECT_EQ(claimed_by(all_, "/s3/bucket/key"), "sccache");
  EXPECT_EQ(claimed_by(all_, "/s3/bucket/ac/0123"), "sccache");
  EXPECT_EQ(claimed_by(all_, "/maven/v1.1/g/a/c/buildinfo.xml"), "maven");
  EXPECT_EQ(claimed_by(all_, "/vite-plus/fetch"), "vite-plus");
}

TEST_F(AdaptersTest, BazelTakesAnyPrefixThatIsNobodyElses) {
  const std::string hash(64, 'a');
  EXPECT_EQ(claimed_by(all_, "/ac/" + hash), "bazel");
  EXPECT_EQ(claimed_by(all_, "/any/prefix/cas/" + hash), "bazel");
  EXPECT_EQ(claimed_by(all_, "/cache/ac/" + hash), "bazel");
  EXPECT_EQ(claimed_by(all_, "/ccache/ac/" + hash), "ccache");
  EXPECT_EQ(claimed_by(all_, "/" + std::string(32, 'a')), "gradle");
}

TEST_F(AdaptersTest, MoonIsServedByBazelsAdapter) {
  EXPECT_EQ(claimed_by({"moon"}, "/moon-outputs/ac/" + std::string(64, 'a')), "bazel");
  EXPECT_EQ(parts_.make(cache_, {"moon", "bazel"}).size(), 1u);
}

TEST_F(AdaptersTest, NobodyClaimsTheRest) {
  for (const char* path :
       {"/", "/status", "/health", "/favicon.ico", "/cachex/a", "/v8/artifactsx", "/v2x",
        "/v1/cache", "/ccache", "/0123456789abcdef0123456789abcdeg", "*"}) {
    EXPECT_EQ(claimed_by(all_, path), "") << path;
  }
}

TEST_F(AdaptersTest, OnlyTheEnabledOnesAreMade) {
  EXPECT_EQ(claimed_by({"gradle"}, "/v1/cache/123"), "");
  EXPECT_EQ(claimed_by({"gradle"}, "/cache/123"), "gradle");
  EXPECT_EQ(parts_.make(cache_, {}).size(), 0u);
}

TEST_F(AdaptersTest, AnUnknownNameIsSkippedAndADoubleOneMadeOnce) {
  EXPECT_EQ(parts_.make(cache_, {"cobol", "nx", "nx"}).size(), 1u);
}

}  // namespace
}  // namespace fabrik::adapters
