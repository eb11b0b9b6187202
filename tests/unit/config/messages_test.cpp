#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "config/load.hpp"
#include "tests/unit/config/support.hpp"

namespace fabrik::config {
namespace {

using ::testing::HasSubstr;
using testing::load_text;
using ::testing::Not;
using testing::problems_of;
using ::testing::StartsWith;

const std::string kFile = "/project/fabrik.toml";

TEST(ConfigMessages, NameFileLineColumnKeyAndTheNearestKey) {
  EXPECT_EQ(problems_of("[cache]\n  max_sise = \"1GB\"\n"),
            kFile + ":2:3: unknown key \"cache.max_sise\" (did you mean \"cache.max_size\"?)");
  EXPECT_EQ(problems_of("\n[cahce]\nmax_size = \"1GB\"\ndir = 3\n"),
            kFile + ":2:2: unknown section \"cahce\" (did you mean \"cache\"?)");
  EXPECT_EQ(problems_of("max_size = 1\n"),
            kFile + ":1:1: unknown key \"max_size\" (did you mean \"cache.max_size\"?)");
  EXPECT_EQ(problems_of("[build_tools.gradel]\nport = 1\n"),
            kFile +
                ":1:14: unknown build tool \"build_tools.gradel\" (did you mean "
                "\"build_tools.gradle\"?)");
}

TEST(ConfigMessages, SayHowToWriteABadValue) {
  EXPECT_EQ(problems_of("[cache]\nmax_size = \"5 bananas\"\n"),
            kFile +
                ":2:1: cache.max_size = \"5 bananas\": has an unknown unit; write it like \"5GB\" "
                "or \"512MiB\"");
  EXPECT_EQ(
      problems_of("[daemon]\nhttp_port = 70000\n"),
      kFile + ":2:1: daemon.http_port = 70000: is out of range; write an integer from 0 to 65535");
  EXPECT_THAT(problems_of("[build_tools]\nenabled = [\"gradle\", \"turbo\"]\n"),
              HasSubstr("there is no \"turbo\" (did you mean \"turborepo\"?)"));
  EXPECT_THAT(problems_of("[runtime]\nworker_threads = { a = 1 }\n"),
              HasSubstr(":2:1: runtime.worker_threads = {...}: is a table"));
}

TEST(ConfigMessages, ListEveryProblemInTheOrderOfTheFile) {
  const auto text = problems_of("[runtime]\nx = 1\n[cache]\ny = 1\nmax_size = 0\n[a]\n",
                                Env({{"FABRIK_CONFIG_DAEMON_HTTP_PORT", "x"}}), {{"z", "1"}});
  std::vector<std::string> starts;
  for (std::size_t at = 0; at != std::string::npos;) {
    const auto end = text.find('\n', at);
    starts.push_back(text.substr(at, end == std::string::npos ? end : end - at));
    at = end == std::string::npos ? end : end + 1;
  }
  ASSERT_EQ(starts.size(), 6U) << text;
  EXPECT_THAT(starts[0], StartsWith(kFile + ":2:1: "));
  EXPECT_THAT(starts[1], StartsWith(kFile + ":4:1: "));
  EXPECT_THAT(starts[2], StartsWith(kFile + ":5:1: "));
  EXPECT_THAT(starts[3], StartsWith(kFile + ":6:2: "));
  EXPECT_THAT(starts[4], StartsWith("environment variable FABRIK_CONFIG_DAEMON_HTTP_PORT: "));
  EXPECT_THAT(starts[5], StartsWith("command line: unknown key \"z\""));
}

TEST(ConfigMessages, StopBeforeAFileOfRubbishFillsTheScreen) {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "key" + std::to_string(i) + " = 1\n";
  }
  const auto problems = problems_of(text);
  EXPECT_LT(std::ranges::count(problems, '\n'), 60);
  EXPECT_THAT(problems, HasSubstr("there may be more"));
}

TEST(ConfigMessages, NameTheVariableOfABadValue) {
  EXPECT_EQ(
      problems_of("", Env({{"FABRIK_CONFIG_CACHE_MAX_SIZE", "lots"}})),
      "environment variable FABRIK_CONFIG_CACHE_MAX_SIZE: cache.max_size = \"lots\": does not "
      "start with a positive number; write it like \"5GB\" or \"512MiB\"");
  EXPECT_THAT(problems_of("", Env({{"FABRIK_CONFIG_MAX_CACHE_SIZE", "lots"}})),
              StartsWith("environment variable FABRIK_CONFIG_MAX_CACHE_SIZE: "));
}

TEST(ConfigMessages, WarnAboutVariablesThatSetNothing) {
  const auto loaded = load_text("", Env({{"FABRIK_CONFIG_CACHE_MAX_SISE", "1GB"},
                                         {"FABRIK_CONFIG_HASH", "0123456789abcdef"},
                                         {"FABRIK_CONFIG_PATH", "/x"},
                                         {"FABRIK_HTTP_URL", "http://127.0.0.1:1"}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_EQ(loaded->warnings[0],
            "environment variable FABRIK_CONFIG_CACHE_MAX_SISE sets no known key (did you mean "
            "FABRIK_CONFIG_CACHE_MAX_SIZE?)");
}

TEST(ConfigMessages, NeverShowASecret) {
  const auto file = problems_of("[p2p]\nsecret = \"hunter2\"\n");
  EXPECT_THAT(file, HasSubstr("p2p.secret"));
  EXPECT_THAT(file, Not(HasSubstr("hunter2")));
  const auto variable = problems_of("", Env({{"FABRIK_CONFIG_P2P_SECRET", "hunter2"}}));
  EXPECT_THAT(variable, HasSubstr("FABRIK_CONFIG_P2P_SECRET"));
  EXPECT_THAT(variable, Not(HasSubstr("hunter2")));
}

TEST(ConfigMessages, ExplainUpstreamsThatAreWrittenWrongly) {
  EXPECT_THAT(problems_of("[upstream]\nurl = \"grpc://a:1\"\n"), HasSubstr("write [[upstream]]"));
  EXPECT_THAT(problems_of("upstream = \"grpc://a:1\"\n"), HasSubstr("write [[upstream]]"));
  EXPECT_EQ(problems_of("[[upstream]]\nurl = \"grpc://a:1\"\n[[upstream]]\nworkers = 1\n"),
            kFile + ":3:1: \"upstream.1\" has no url; write url = \"grpc://HOST:PORT\" below it");
  EXPECT_EQ(problems_of("upstream = []\n"), "");
  EXPECT_EQ(problems_of("[[upstream]]\nworkers = 1\n",
                        Env({{"FABRIK_CONFIG_UPSTREAM_0_URL", "grpc://a:1"}})),
            "");
  EXPECT_EQ(problems_of("", Env({{"FABRIK_CONFIG_UPSTREAM_2_WORKERS", "1"}})),
            "FABRIK_CONFIG_UPSTREAM_2_WORKERS sets upstream.2.workers, but there is no "
            "upstream.2.url");
}

TEST(ConfigMessages, ExplainSectionsThatAreWrittenWrongly) {
  EXPECT_THAT(problems_of("cache = 5\n"), HasSubstr(":1:1: \"cache\" is a section"));
  EXPECT_THAT(problems_of("[[cache]]\nmax_size = \"x\"\n"), HasSubstr("write [cache]"));
}

TEST(ConfigMessages, ReportAKeyThatIsSetUnderBothItsNames) {
  EXPECT_EQ(problems_of("[build_systems]\nenabled = []\n[build_tools]\nenabled = []\n"),
            kFile + ":4:1: \"build_tools.enabled\" is set twice, here as \"build_tools.enabled\"");
}

TEST(ConfigMessages, CutValuesThatAreTooLongToRead) {
  const auto text = problems_of("[cache]\nmax_size = \"" + std::string(5000, 'x') + "\"\n");
  EXPECT_LT(text.size(), 500U);
}

TEST(ConfigMessages, LimitTheNumberOfUpstreams) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "[[upstream]]\nurl = \"grpc://a:1\"\n";
  }
  const auto problems = problems_of(text);
  EXPECT_THAT(problems, HasSubstr("more than 64 upstreams"));
  EXPECT_EQ(std::ranges::count(problems, '\n'), 0) << problems;
}

}  // namespace
}  // namespace fabrik::config
