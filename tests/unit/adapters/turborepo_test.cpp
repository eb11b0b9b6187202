#include "adapters/turborepo/turborepo.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/fake_exchange.hpp"
#include "tests/support/faulty_cache.hpp"
#include "tests/support/memory_cache.hpp"

namespace fabrik::adapters {
namespace {

using nlohmann::json;
using testing::FakeExchange;
using testing::get;
using testing::post;
using testing::put;
using testing::served;

constexpr const char* kPath = "/v8/artifacts/0123456789abcdef?slug=fabrik";

class TurborepoTest : public ::testing::Test {
 protected:
  testing::MemoryCache cache_;
  std::unique_ptr<Log> log_ = null_log();
  TurborepoAdapter adapter_{cache_, *log_};
};

TEST_F(TurborepoTest, SaysThatCachingIsEnabled) {
  const FakeExchange status = served(adapter_, get("/v8/artifacts/status?slug=fabrik"));
  EXPECT_EQ(status.status(), 200u);
  EXPECT_EQ(json::parse(status.sent()), (json{{"status", "enabled"}}));
}

TEST_F(TurborepoTest, AnUploadIs202WithItsUrl) {
  const FakeExchange upload = served(adapter_, put(kPath, "zstd"));
  EXPECT_EQ(upload.status(), 202u);
  EXPECT_EQ(json::parse(upload.sent()),
            (json{{"urls", {"http://127.0.0.1:4000/v8/artifacts/0123456789abcdef"}}}));
  EXPECT_EQ(served(adapter_, get(kPath)).sent(), "zstd");
}

TEST_F(TurborepoTest, ArtifactFieldsComeBackByteForByte) {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {"x-artifact-tag", "aGVsbG8gd29ybGQ+/w=="},
      {"x-artifact-duration", "00120"},
      {"x-artifact-sha", "abc  def"},
      {"x-artifact-dirty-hash", "\xff\xfe"}};
  FakeExchange upload = put(kPath, "zstd");
  for (const auto& [name, value] : fields) {
    upload.with_header(name, value);
  }
  upload.with_header("x-artifact-client-ci", "GITHUB_ACTIONS");
  served(adapter_, upload);
  for (const FakeExchange& hit :
       {served(adapter_, get(kPath)), served(adapter_, testing::head(kPath))}) {
    for (const auto& [name, value] : fields) {
      EXPECT_EQ(hit.header(name), value);
    }
    EXPECT_FALSE(hit.has_header("x-artifact-client-ci"));
    EXPECT_EQ(hit.header("content-type"), "application/octet-stream");
  }
}

TEST_F(TurborepoTest, AnUnsignedOverwriteTakesTheOldTagAway) {
  served(adapter_, put(kPath, "one").with_header("x-artifact-tag", "old"));
  served(adapter_, put(kPath, "two"));
  const FakeExchange hit = served(adapter_, get(kPath));
  EXPECT_EQ(hit.sent(), "two");
  EXPECT_FALSE(hit.has_header("x-artifact-tag"));
}

TEST_F(TurborepoTest, TeamsDoNotSeeEachOther) {
  const std::vector<std::string> queries = {"", "?slug=x", "?slug=y", "?teamId=x"};
  for (const std::string& query : queries) {
    served(adapter_, put("/v8/artifacts/abc" + query, "of " + query));
  }
  EXPECT_EQ(cache_.size(), queries.size());
  for (const std::string& query : queries) {
    EXPECT_EQ(served(adapter_, get("/v8/artifacts/abc" + query)).sent(), "of " + query);
  }
  EXPECT_EQ(served(adapter_, get("/v8/artifacts/abc?slug=z")).status(), 404u);
}

TEST_F(TurborepoTest, ABrokenNamespaceIsRefused) {
  EXPECT_EQ(served(adapter_, get("/v8/artifacts/abc?slug=%zz")).status(), 400u);
  EXPECT_EQ(served(adapter_, put("/v8/artifacts/abc?slug=%zz", "x")).status(), 400u);
  EXPECT_EQ(served(adapter_, post("/v8/artifacts?slug=%zz", R"({"hashes":[]})")).status(), 400u);
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(TurborepoTest, AnswersTheBatchQuery) {
  served(adapter_,
         put("/v8/artifacts/aaa?slug=s", "12345").with_header("x-artifact-duration", "9"));
  served(adapter_, put("/v8/artifacts/bbb?slug=other", "x"));
  const FakeExchange answer =
      served(adapter_, post("/v8/artifacts?slug=s", R"({"hashes":["aaa","bbb","../x","status"]})"));
  EXPECT_EQ(answer.status(), 200u);
  EXPECT_EQ(json::parse(answer.sent()), (json{{"aaa", {{"size", 5}, {"taskDurationMs", 9}}},
                                              {"bbb", nullptr},
                                              {"../x", nullptr},
                                              {"status", nullptr}}));
}

TEST_F(TurborepoTest, TakesEvents) {
  EXPECT_EQ(served(adapter_, post("/v8/artifacts/events?slug=s", R"([{"event":"HIT"}])")).status(),
            200u);
  EXPECT_EQ(served(adapter_, post("/v8/artifacts/events", "[{")).status(), 400u);
}

TEST_F(TurborepoTest, JsonBodiesAreBounded) {
  const std::string huge(1024 * 1024 + 1, ' ');
  for (const char* path : {"/v8/artifacts/events", "/v8/artifacts"}) {
    EXPECT_EQ(served(adapter_, post(path, huge)).status(), 413u);
    FakeExchange chunked(net::Method::post, "POST", path);
    EXPECT_EQ(served(adapter_, std::move(chunked).with_body(huge).without_length()).status(), 413u);
    EXPECT_EQ(served(adapter_, post(path, "{\"x\":1}").cut_after(3)).status(), 400u);
  }
}

TEST_F(TurborepoTest, PreflightListsAuthorizationAndLetsNoWebPageIn) {
  for (const char* path : {kPath, "/v8/artifacts/events", "/v8/artifacts"}) {
    const FakeExchange answer =
        served(adapter_, FakeExchange(net::Method::options, "OPTIONS", path)
                             .with_header("Access-Control-Request-Headers", "Authorization"));
    EXPECT_EQ(answer.status(), 200u);
    const std::string allowed = answer.header("Access-Control-Allow-Headers");
    for (const char* field : {"Authorization", "User-Agent", "Content-Type", "x-artifact-tag",
                              "x-artifact-duration", "x-artifact-sha", "x-artifact-dirty-hash"}) {
      EXPECT_NE(allowed.find(field), std::string::npos) << field;
    }
    EXPECT_NE(answer.header("Access-Control-Allow-Methods").find("PUT"), std::string::npos);
    EXPECT_FALSE(answer.has_header("Access-Control-Allow-Origin"));
    EXPECT_FALSE(answer.has_header("Location"));
  }
}

TEST_F(TurborepoTest, ErrorsHaveJsonBodies) {
  for (FakeExchange exchange :
       {get("/v8/artifacts/none"), get("/v8/artifacts/a/b"), put("/v8/artifacts/..", "x"),
        put("/v8/artifacts/status", "x"), post("/v8/artifacts/abc", "x"), get("/v8/artifacts"),
        put(kPath, "12345").cut_after(2)}) {
    testing::run(adapter_, exchange);
    EXPECT_GE(exchange.status(), 400u);
    EXPECT_LT(exchange.status(), 500u);
    json body = json::parse(exchange.sent());
    EXPECT_TRUE(body["error"]["code"].is_string());
    EXPECT_TRUE(body["error"]["message"].is_string());
  }
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(TurborepoTest, MethodsThatDoNotFitTheRouteAreNotAllowed) {
  EXPECT_EQ(served(adapter_, post("/v8/artifacts/status", "")).status(), 405u);
  EXPECT_EQ(served(adapter_, get("/v8/artifacts/events")).status(), 405u);
  EXPECT_EQ(served(adapter_, get("/v8/artifacts")).header("allow"), "POST, OPTIONS");
  EXPECT_EQ(served(adapter_, post("/v8/artifacts/abc", "")).header("allow"),
            "GET, HEAD, PUT, OPTIONS");
}

TEST_F(TurborepoTest, FaultsAreMissesAndDroppedUploads) {
  served(adapter_, put(kPath, "zstd"));
  for (const testing::Step step : testing::kAllSteps) {
    for (const auto fault : {testing::Fault::error, testing::Fault::exception}) {
      testing::FaultyCache faulty(cache_);
      TurborepoAdapter adapter(faulty, *log_);
      faulty.fail_at(step, fault);
      EXPECT_EQ(served(adapter, put(kPath, "zstd")).status(), 202u) << name(step);
      const FakeExchange query =
          served(adapter, post("/v8/artifacts?slug=fabrik", R"({"hashes":["0123456789abcdef"]})"));
      EXPECT_EQ(query.status(), 200u);
      const json answer = json::parse(query.sent());
      EXPECT_EQ(answer.contains("0123456789abcdef") && answer["0123456789abcdef"].is_object(),
                step != testing::Step::stat)
          << name(step);
    }
  }
}

}  // namespace
}  // namespace fabrik::adapters
