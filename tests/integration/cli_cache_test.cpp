// `fabrik cache` with the real worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/daemon_fixture.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class CliCache : public ::testing::Test, protected testing::DaemonFixture {
 protected:
  CliCache() : DaemonFixture(FABRIKD_BINARY) {}

  testing::Finished cache(const std::string& arguments) const {
    return sh("exec \"$FABRIK\" cache " + arguments + " 2>&1");
  }
  json cache_json(const std::string& arguments) const {
    const auto finished = sh("exec \"$FABRIK\" cache " + arguments + " --json");
    auto parsed = json::parse(finished.out, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << finished.out;
    return parsed;
  }
};

TEST_F(CliCache, SaysThatNoDaemonRuns) {
  const auto finished = cache("stats");
  EXPECT_EQ(finished.status, 3);
  EXPECT_THAT(finished.out, HasSubstr("no daemon is running"));
  EXPECT_NE(cache("").status, 0);
  EXPECT_THAT(cache("polish").out, HasSubstr("`verify`"));
  EXPECT_THAT(cache("info").out, HasSubstr("takes one argument"));
}

TEST_F(CliCache, LooksVerifiesCarriesAndRemoves) {
  const auto daemon = up();
  const std::string keys[] = {"0123456789abcdef0123456789abcdef",
                              "fedcba9876543210fedcba9876543210"};
  for (const std::string& key : keys) {
    ASSERT_EQ(testing::fetch(daemon.http_port, "PUT", "/cache/" + key, "same content").status, 200);
  }
  const json stats = cache_json("stats");
  EXPECT_EQ(stats.at("store").at("entries"), 2);
  EXPECT_EQ(stats.at("deduplicated_bytes"), 12);
  EXPECT_THAT(cache("stats").out, HasSubstr("gradle"));
  EXPECT_EQ(cache_json("list --tool gradle").at("entries").size(), 2);
  EXPECT_EQ(cache_json("list --tool nx").at("entries").size(), 0);
  EXPECT_EQ(cache_json("list --limit 1").at("more"), true);
  EXPECT_THAT(cache("list --prefix 0123").out, HasSubstr(keys[0]));
  EXPECT_THAT(cache("list --prefix 0123").out, Not(HasSubstr(keys[1])));
  EXPECT_THAT(cache("info " + keys[0]).out, HasSubstr("sha256"));
  EXPECT_EQ(cache("info nothing").status, 1);
  EXPECT_THAT(cache("verify").out, HasSubstr("all are sound"));

  const std::string file = "\"$HOME/cache.fabrik\"";
  EXPECT_THAT(cache("export " + file).out, HasSubstr("Exported 2 entries"));
  EXPECT_NE(cache("export " + file).status, 0) << "must not write over it";
  EXPECT_THAT(cache("rm " + keys[0]).out, HasSubstr("Removed 1 entry"));
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", "/cache/" + keys[0]).status, 404);
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", "/cache/" + keys[1]).status, 200);
  EXPECT_THAT(cache("clear").out, HasSubstr("Removed 1 entries"));
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", "/cache/" + keys[1]).status, 404);
  EXPECT_THAT(cache("import " + file).out, HasSubstr("Imported 2 entries"));
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", "/cache/" + keys[0]).body, "same content");
}

}  // namespace
}  // namespace fabrik
