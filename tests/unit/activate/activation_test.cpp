#include "activate/activation.hpp"

#include <gtest/gtest.h>

#include "activate/told.hpp"
#include "activate/variables.hpp"

namespace fabrik::activate {
namespace {

// A shell with the hook, and a world in which everything can be made to fail.
class ActivationTest : public ::testing::Test {
 protected:
  ActivationTest() {
    services_.find = [this]() -> Result<std::optional<config::Source>> { return source_; };
    services_.load = [this](const config::Source&) { return loaded_; };
    services_.ensure = [this](const config::Source& source) {
      if (daemon_) {
        daemon_->config_hash = source.config_hash();
      }
      return daemon_;
    };
    services_.stamp = [](const config::Source& source) { return "/seen/" + source.config_hash(); };
    services_.alive = [this](pid_t pid) { return alive_ && pid == 7; };
    loaded_->config.build_tools.enabled = {"nx"};
    daemon_->http_port = 4711;
    daemon_->supervisor_pid = 7;
  }

  void cd(const std::string& path, std::string content = "") {
    source_ = config::Source{.path = path, .content = std::move(content)};
  }
  void cd_outside() { source_.reset(); }

  // One prompt whose hook asks.
  Outcome prompt(Shell shell = Shell::bash) {
    env_["__FABRIK_TOLD"] = told_;
    Outcome outcome = activate(shell, Env(env_), services_);
    for (const Change& change : outcome.changes) {
      if (change.action == Change::Action::set) {
        env_[change.name] = change.value;
      } else {
        env_.erase(change.name);
      }
    }
    for (const HookVariable& variable : outcome.hook_variables) {
      hook_[variable.name] = variable.value;
    }
    told_ = hook_["__fabrik_told"];
    return outcome;
  }
  std::string value(const std::string& name) const {
    const auto found = env_.find(name);
    return found == env_.end() ? "(unset)" : found->second;
  }

  Env::Map env_;
  std::map<std::string, std::string> hook_;
  std::string told_;
  std::optional<config::Source> source_;
  Result<config::Loaded> loaded_ = config::Loaded{};
  Result<DaemonStatus> daemon_ = DaemonStatus{};
  bool alive_ = true;
  Services services_;
};

TEST_F(ActivationTest, SetsTheProjectsVariablesAndTellsTheHook) {
  cd("/p/fabrik.toml");
  EXPECT_TRUE(prompt().notices.empty());
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "http://127.0.0.1:4711");
  EXPECT_EQ(value("NX_SELF_HOSTED_REMOTE_CACHE_SERVER"), "http://127.0.0.1:4711");
  EXPECT_EQ(value("FABRIK_CONFIG_HASH"), source_->config_hash());
  EXPECT_EQ(hook_["__fabrik_config"], "/p/fabrik.toml");
  EXPECT_EQ(hook_["__fabrik_stamp"], "/seen/" + source_->config_hash());
  EXPECT_EQ(hook_["__fabrik_pid"], "7");
  EXPECT_EQ(hook_["__fabrik_wait"], "30");
}

TEST_F(ActivationTest, ChangesNothingWhenNothingChanged) {
  cd("/p/fabrik.toml");
  prompt();
  EXPECT_TRUE(prompt().changes.empty());
}

TEST_F(ActivationTest, LeavesNoTraceOutside) {
  cd("/p/fabrik.toml");
  prompt();
  cd_outside();
  prompt();
  EXPECT_EQ(env_, (Env::Map{{"__FABRIK_TOLD", ""}}));
  EXPECT_EQ(hook_["__fabrik_config"], "");
  EXPECT_EQ(hook_["__fabrik_pid"], "");
  EXPECT_EQ(hook_["__fabrik_wait"], "-1");
}

TEST_F(ActivationTest, AsksAgainNowAndThenOutsideWhenTheNameOfTheDirectoryMisleads) {
  services_.through_symlink = true;
  prompt();
  EXPECT_EQ(hook_["__fabrik_wait"], "30");
}

TEST_F(ActivationTest, PrintsNothingOutsideInAShellThatNeverWasInside) {
  EXPECT_TRUE(prompt().changes.empty());
}

TEST_F(ActivationTest, DisabledMeansLeaving) {
  cd("/p/fabrik.toml");
  prompt();
  env_["FABRIK_DISABLE"] = "1";
  prompt();
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "(unset)");
  EXPECT_EQ(value("__FABRIK_STATE"), "(unset)");
  env_["FABRIK_DISABLE"] = "0";
  prompt();
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "http://127.0.0.1:4711");
}

TEST_F(ActivationTest, ABrokenConfigurationKeepsTheVariablesAndIsReportedOnce) {
  cd("/p/fabrik.toml");
  prompt();
  const Env::Map before = env_;
  loaded_ = fail(Errc::invalid_argument, "/p/fabrik.toml:3:1: unknown key\n/p/fabrik.toml:9:1: x");
  EXPECT_EQ(prompt().notices,
            (std::vector<std::string>{
                "/p/fabrik.toml:3:1: unknown key (and 1 more: fabrik config validate)"}));
  EXPECT_TRUE(prompt().notices.empty());
  env_["__FABRIK_TOLD"] = before.at("__FABRIK_TOLD");
  EXPECT_EQ(env_, before);
  EXPECT_EQ(hook_["__fabrik_pid"], "7");
}

TEST_F(ActivationTest, TheSameMistakeMadeAgainIsReportedAgain) {
  cd("/p/fabrik.toml");
  loaded_ = fail(Errc::invalid_argument, "bad");
  EXPECT_EQ(prompt().notices.size(), 1U);
  loaded_ = config::Loaded{};
  EXPECT_EQ(prompt().notices.size(), 0U);
  loaded_ = fail(Errc::invalid_argument, "bad");
  EXPECT_EQ(prompt().notices.size(), 1U);
}

TEST_F(ActivationTest, ABrokenConfigurationOnEntrySetsNothing) {
  cd("/a/fabrik.toml");
  prompt();
  cd("/b/fabrik.toml");
  loaded_ = fail(Errc::invalid_argument, "bad");
  prompt();
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "(unset)");
  EXPECT_EQ(hook_["__fabrik_config"], "/b/fabrik.toml") << "so that its repair is noticed";
}

TEST_F(ActivationTest, ABrokenConfigurationDoesNotKeepADeadDaemon) {
  cd("/p/fabrik.toml");
  prompt();
  alive_ = false;
  loaded_ = fail(Errc::invalid_argument, "bad");
  prompt();
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "(unset)");
}

TEST_F(ActivationTest, VariablesOfADaemonThatCannotRunGo) {
  cd("/p/fabrik.toml");
  prompt();
  daemon_ = fail(Errc::conflict, "the cache is in use by /q");
  EXPECT_EQ(prompt().notices, std::vector<std::string>{"the cache is in use by /q"});
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "(unset)");
  EXPECT_EQ(hook_["__fabrik_wait"], "5");
}

TEST_F(ActivationTest, ADaemonThatIsStillStartingIsAskedForAtTheNextPromptInSilence) {
  cd("/p/fabrik.toml");
  daemon_ = fail(Errc::timeout, "slow");
  EXPECT_TRUE(prompt().notices.empty());
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "(unset)");
  EXPECT_EQ(hook_["__fabrik_wait"], "0");
}

TEST_F(ActivationTest, ADaemonWhoseWorkerStillStartsIsUsedAndAskedAgainAtTheNextPrompt) {
  cd("/p/fabrik.toml");
  daemon_->worker_state = "starting";
  EXPECT_TRUE(prompt().notices.empty());
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "http://127.0.0.1:4711") << "what connects waits";
  EXPECT_EQ(hook_["__fabrik_wait"], "0");
  daemon_->worker_state = "running";
  prompt();
  EXPECT_EQ(hook_["__fabrik_wait"], "30");
}

TEST_F(ActivationTest, ASlowRestartKeepsTheVariablesBecauseThePortStays) {
  cd("/p/fabrik.toml");
  prompt();
  daemon_ = fail(Errc::timeout, "slow");
  EXPECT_TRUE(prompt().changes.empty());
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "http://127.0.0.1:4711");
}

TEST_F(ActivationTest, SaysOncePerShellWhichKeysItIgnored) {
  loaded_->ignored_keys = {"upstream.0.url", "cache.dir"};
  cd("/p/fabrik.toml");
  EXPECT_EQ(prompt().notices,
            std::vector<std::string>{"/p/fabrik.toml: ignoring upstream.0.url, cache.dir until "
                                     "you run `fabrik trust`"});
  EXPECT_TRUE(prompt().notices.empty());
  cd_outside();
  prompt();
  cd("/p/fabrik.toml");
  EXPECT_TRUE(prompt().notices.empty());
}

TEST_F(ActivationTest, AnUnreadableConfigurationElsewhereDoesNotKeepThisProject) {
  cd("/p/fabrik.toml");
  prompt();
  env_["PWD"] = "/ptolemy";
  services_.find = []() -> Result<std::optional<config::Source>> {
    return fail(Errc::forbidden, "/ptolemy/fabrik.toml belongs to user 7");
  };
  EXPECT_EQ(prompt().notices.size(), 1U);
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "(unset)");
}

TEST_F(ActivationTest, AnUnreadableConfigurationKeepsWhatIsThere) {
  cd("/p/fabrik.toml");
  prompt();
  env_["PWD"] = "/p/sub";
  services_.find = []() -> Result<std::optional<config::Source>> {
    return fail(Errc::io, "read /p/fabrik.toml: I/O error");
  };
  EXPECT_EQ(prompt().notices.size(), 1U);
  EXPECT_EQ(value("FABRIK_HTTP_URL"), "http://127.0.0.1:4711");
}

TEST_F(ActivationTest, IgnoresAStateItCannotHaveWritten) {
  env_["__FABRIK_STATE"] = "1;/p;h;7;PATH,x,000000000000,/evil";
  EXPECT_EQ(prompt().changes, (std::vector<Change>{{Change::Action::unset, "__FABRIK_STATE", ""}}));
}

TEST_F(ActivationTest, TheStateIsSetBeforeAnythingElse) {
  cd("/p/fabrik.toml");
  EXPECT_EQ(prompt().changes.front().name, kStateVariable);
}

TEST_F(ActivationTest, DeactivateGivesEverythingBack) {
  env_["NX_SELF_HOSTED_REMOTE_CACHE_SERVER"] = "mine";
  cd("/p/fabrik.toml");
  prompt();
  const auto outcome = deactivate(Shell::bash, Env(env_));
  EXPECT_EQ(outcome.changes.front(), (Change{Change::Action::unset, "__FABRIK_STATE", ""}));
  bool restored = false;
  for (const Change& change : outcome.changes) {
    restored = restored ||
               change == Change{Change::Action::set, "NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "mine"};
  }
  EXPECT_TRUE(restored);
}

TEST_F(ActivationTest, ACommandGetsTheVariablesAndAStateToLeaveWith) {
  cd("/p/fabrik.toml");
  const Env env(Env::Map{{"HOME", "/h"}, {"NX_SELF_HOSTED_REMOTE_CACHE_SERVER", "mine"}});
  const auto project = project_environment(*source_, env, services_);
  ASSERT_TRUE(project.has_value());
  EXPECT_EQ(project->env.get("HOME"), "/h");
  EXPECT_EQ(project->env.get("NX_SELF_HOSTED_REMOTE_CACHE_SERVER"), "http://127.0.0.1:4711");
  const ShellState state = state_of(project->env);
  EXPECT_EQ(state.config_path, "/p/fabrik.toml");
  ASSERT_NE(state.find("NX_SELF_HOSTED_REMOTE_CACHE_SERVER"), nullptr);
  EXPECT_EQ(state.find("NX_SELF_HOSTED_REMOTE_CACHE_SERVER")->before.value, "mine");
}

TEST(Told, SurvivesTheTripThroughTheShell) {
  Told told;
  EXPECT_TRUE(told.encode().empty());
  EXPECT_TRUE(told.once("a"));
  EXPECT_TRUE(told.problem("p"));
  Told again = Told::decode(told.encode());
  EXPECT_FALSE(again.once("a"));
  EXPECT_FALSE(again.problem("p"));
  EXPECT_TRUE(again.problem("q"));
  again.clear_problem();
  EXPECT_TRUE(Told::decode(again.encode()).problem("q"));
}

TEST(Told, StaysShort) {
  Told told;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(told.once(std::to_string(i)));
    told = Told::decode(told.encode());
  }
  EXPECT_LE(told.encode().size(), 400U);
  EXPECT_FALSE(told.once("99"));
}

TEST(Told, IgnoresNonsense) {
  EXPECT_TRUE(Told::decode("x").encode().empty());
  EXPECT_TRUE(Told::decode("000000000000'; id").encode().empty());
}

}  // namespace
}  // namespace fabrik::activate
