// `fabrik config` and `fabrik init`, run in a project of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/fs.hpp"
#include "cli/commands.hpp"
#include "cli/run.hpp"
#include "config/generate.hpp"
#include "config/load.hpp"
#include "statefs/trust_store.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

namespace fs = std::filesystem;

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

class ConfigCommands : public ::testing::Test {
 protected:
  ConfigCommands() : previous_(fs::current_path()) {
    fs::create_directories(project_);
    fs::current_path(project_);
  }
  ~ConfigCommands() override { fs::current_path(previous_); }

  void write(const std::string& content) { std::ofstream(file_) << content; }

  Env env() const {
    Env::Map all = variables_;
    all.emplace("HOME", (base_ / "home").string());
    return Env(all);
  }

  Outcome run_with(const std::vector<std::string>& arguments) const {
    const Env here = env();
    std::ostringstream out;
    std::ostringstream err;
    const int status =
        run(arguments, {.env = here, .executable = "/nowhere/fabrik", .out = out, .err = err});
    return {status, out.str(), err.str()};
  }

  testing::TempDir temp_;
  fs::path base_ = fs::canonical(temp_.path());
  fs::path project_ = base_ / "home" / "project";
  fs::path file_ = project_ / "fabrik.toml";
  fs::path previous_;
  Env::Map variables_;
};

TEST_F(ConfigCommands, ValidateAcceptsAGoodFileAndNamesWhatHasNoEffect) {
  write("[cache]\nmax_size = \"1GB\"\n[[upstream]]\nurl = \"grpc://a:1\"\n");
  const Outcome outcome = run_with({"config", "validate"});
  EXPECT_EQ(outcome.status, kExitOk);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out, StartsWith(file_.string() + ": OK\n"));
  EXPECT_THAT(outcome.out, HasSubstr("note: upstream.0.url is ignored until `fabrik trust`"));

  const auto paths = statefs::paths_from(env());
  ASSERT_TRUE(paths);
  ASSERT_TRUE(statefs::TrustStore(*paths).trust(file_, *read_file(file_), 0));
  const Outcome trusted = run_with({"config", "validate"});
  EXPECT_THAT(trusted.out, Not(HasSubstr("ignored")));
  EXPECT_THAT(trusted.out, HasSubstr("warning: " + file_.string() +
                                     ":4: upstream.0.url is accepted, without effect"));
}

TEST_F(ConfigCommands, ValidateListsProblemsAndEndsWithExConfig) {
  write("[cache]\nmax_sise = 1\nmin_lease = 2\n");
  const Outcome outcome = run_with({"config", "validate"});
  EXPECT_EQ(outcome.status, kExitConfig);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, AllOf(HasSubstr(file_.string() + ":2:1: unknown key"),
                                 HasSubstr(file_.string() + ":3:1: cache.min_lease")));

  const auto json = nlohmann::json::parse(run_with({"config", "validate", "--json"}).out);
  EXPECT_EQ(json["ok"], false);
  EXPECT_EQ(json["problems"].size(), 2U);
  EXPECT_EQ(json["file"], file_.string());
}

TEST_F(ConfigCommands, ValidateTakesAFile) {
  std::ofstream(base_ / "other.toml") << "nonsense = 1\n";
  EXPECT_EQ(run_with({"config", "validate", (base_ / "other.toml").string()}).status, kExitConfig);
  EXPECT_EQ(run_with({"config", "validate", "../../other.toml"}).status, kExitConfig);
  const Outcome missing = run_with({"config", "validate", "missing.toml"});
  EXPECT_NE(missing.status, kExitOk);
  EXPECT_THAT(missing.err, HasSubstr("missing.toml"));
}

TEST_F(ConfigCommands, ValidateOutsideAProjectSaysSo) {
  const Outcome outcome = run_with({"config", "validate"});
  EXPECT_NE(outcome.status, kExitOk);
  EXPECT_THAT(outcome.err, HasSubstr("no fabrik.toml"));
}

TEST_F(ConfigCommands, ShowPrintsEveryValueWithItsOrigin) {
  write("[cache]\nmax_size = \"1GB\"\nmin_lease = \"2h\"\n");
  variables_["FABRIK_CONFIG_CACHE_MIN_LEASE"] = "1h";
  const Outcome outcome =
      run_with({"config", "show", "--origin", "cache", "cache.durability=sync"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("cache.max_size = \"1GB\"  # " + file_.string() + ":2\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("cache.min_lease = \"1h\"  # FABRIK_CONFIG_CACHE_MIN_LEASE\n"));
  EXPECT_THAT(outcome.out, HasSubstr("cache.durability = \"sync\"  # flag\n"));
  EXPECT_THAT(outcome.out, HasSubstr("cache.eviction_policy = \"lru\"  # default\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("cache.dir = \"" + (base_ / "home" / ".cache" / "fabrik" / "").string()));
  EXPECT_THAT(outcome.out, Not(HasSubstr("daemon.")));
}

TEST_F(ConfigCommands, ShowWithoutOriginIsTomlThatLoads) {
  write("[cache]\nmax_size = 7_000_000\n");
  const Outcome outcome = run_with({"config", "show"});
  const config::Source source{.path = "/p/fabrik.toml", .content = outcome.out};
  const auto loaded = config::load(&source, {}, {}, config::Trust::trusted);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.cache.max_size, 7'000'000U);
}

TEST_F(ConfigCommands, ShowPrintsJson) {
  write("[cache]\nmax_size = \"1GB\"\n");
  const auto json = nlohmann::json::parse(run_with({"config", "show", "--json", "--origin"}).out);
  EXPECT_EQ(json["cache.max_size"]["value"], "1GB");
  EXPECT_EQ(json["cache.max_size"]["origin"], file_.string() + ":2");
  EXPECT_EQ(json["daemon.http_port"]["value"], 0);
  EXPECT_EQ(json["build_tools.enabled"]["value"][0], "gradle");
  EXPECT_EQ(json["fabrik.enabled"]["value"], false);
  EXPECT_TRUE(json["tls.key_file"]["value"].is_null());
}

TEST_F(ConfigCommands, ShowHidesSecretsAndLeavesOutWhatIsNotTrusted) {
  write("[[upstream]]\nurl = \"grpc://a:1\"\n");
  variables_["FABRIK_CONFIG_AUTH_TOKEN"] = "hunter2";
  const Outcome outcome = run_with({"config", "show"});
  EXPECT_THAT(outcome.out, HasSubstr("auth.token = \"********\""));
  EXPECT_THAT(outcome.out, Not(HasSubstr("hunter2")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("upstream.0.url")));
  EXPECT_THAT(outcome.err, HasSubstr("upstream.0.url"));
  EXPECT_THAT(run_with({"config", "show", "--json"}).out, Not(HasSubstr("hunter2")));
}

TEST_F(ConfigCommands, ShowWorksOutsideAProjectAndNamesTheNearestKey) {
  EXPECT_EQ(run_with({"config", "show"}).status, kExitOk);
  const Outcome outcome = run_with({"config", "show", "cache.max_sise"});
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean \"cache.max_size\"?"));
  EXPECT_EQ(run_with({"config", "show", "cache.max_size=x"}).status, kExitConfig);
}

TEST_F(ConfigCommands, GeneratePrintsTheTemplates) {
  EXPECT_EQ(run_with({"config", "generate"}).out, config::generate(config::Template::project));
  EXPECT_EQ(run_with({"config", "generate", "--template", "server"}).out,
            config::generate(config::Template::server));
  EXPECT_EQ(run_with({"config", "generate", "--template", "docs"}).out,
            config::reference_markdown());
  EXPECT_EQ(run_with({"config", "generate", "--template", "x"}).status, kExitUsage);
}

TEST_F(ConfigCommands, KnowThreeActions) {
  EXPECT_EQ(run_with({"config"}).status, kExitUsage);
  EXPECT_EQ(run_with({"config", "valdate"}).status, kExitUsage);
}

TEST_F(ConfigCommands, InitWritesAFileThatHoldsWhatWasAsked) {
  const std::string dir = "cache \"dir\"\\x";
  const Outcome outcome = run_with({"init", "--cache-dir", dir, "--max-cache-size", "7GB"});
  EXPECT_EQ(outcome.status, kExitOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Wrote " + file_.string()));
  const auto source = config::read_source(file_);
  ASSERT_TRUE(source);
  const auto loaded = config::load(&*source, {}, {}, config::Trust::restricted);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.cache.dir, dir);
  EXPECT_EQ(loaded->config.cache.max_size, 7'000'000'000U);
  EXPECT_EQ(fs::status(file_).permissions() & fs::perms::others_write, fs::perms::none);
}

TEST_F(ConfigCommands, InitNeverReplacesAFileWithoutForce) {
  write("# mine\n");
  const Outcome refused = run_with({"init", "--non-interactive"});
  EXPECT_NE(refused.status, kExitOk);
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_EQ(*read_file(file_), "# mine\n");
  EXPECT_EQ(run_with({"init", "--force"}).status, kExitOk);
  EXPECT_EQ(*read_file(file_), config::generate(config::Template::project));
}

TEST_F(ConfigCommands, InitDoesNotWriteThroughALink) {
  fs::create_symlink(base_ / "elsewhere", file_);
  EXPECT_NE(run_with({"init"}).status, kExitOk);
  EXPECT_FALSE(fs::exists(base_ / "elsewhere"));
  EXPECT_EQ(run_with({"init", "--force"}).status, kExitOk);
  EXPECT_FALSE(fs::exists(base_ / "elsewhere"));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file_)));
}

TEST_F(ConfigCommands, InitRefusesABadValueBeforeItWrites) {
  const Outcome outcome = run_with({"init", "--max-cache-size", "5 bananas"});
  EXPECT_EQ(outcome.status, kExitUsage);
  EXPECT_THAT(outcome.err, HasSubstr("--max-cache-size \"5 bananas\": has an unknown unit"));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(ConfigCommands, InitSaysWhenTheDirectoryNeedsTrust) {
  EXPECT_THAT(run_with({"init", "--cache-dir", "/var/tmp/x"}).out, HasSubstr("fabrik trust"));
}

}  // namespace
}  // namespace fabrik::cli
