// The real `fabrik` with the real worker, as scripts use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "tests/support/daemon_fixture.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using testing::DaemonFixture;
using testing::eventually;
using testing::Finished;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Cli : public ::testing::Test, protected DaemonFixture {
 protected:
  Cli() : DaemonFixture(FABRIKD_BINARY) {}

  Finished fabrik_cli(const std::string& arguments) const {
    return sh("exec \"$FABRIK\" " + arguments + " 2>&1");
  }
  json fabrik_json(const std::string& arguments) const {
    const Finished finished = sh("exec \"$FABRIK\" " + arguments + " --json");
    const auto parsed = json::parse(finished.out, nullptr, false);
    EXPECT_FALSE(parsed.is_discarded()) << finished.out;
    return parsed;
  }
  // Findings of doctor about one subject.
  static std::vector<std::string> levels(const json& doctor, const std::string& subject) {
    std::vector<std::string> found;
    for (const json& finding : doctor.at("findings")) {
      if (finding.at("subject") == subject) {
        found.push_back(finding.at("level"));
      }
    }
    return found;
  }
  // A missing program fails in CI and is a skip elsewhere.
  bool has(const std::string& program) const {
    const bool found = sh("command -v " + program).status == 0;
    EXPECT_TRUE(found || Env::current().get("CI") != "true") << program << " is missing";
    return found;
  }
};

TEST_F(Cli, SaysWhatToDoWithoutStartingAnything) {
  const Finished inside = sh("SHELL=/bin/bash \"$FABRIK\"");
  EXPECT_EQ(inside.status, 0);
  EXPECT_THAT(inside.out, AllOf(HasSubstr("not running"), HasSubstr("fabrik activate bash")));
  const Finished outside = sh("cd / && SHELL=/bin/bash \"$FABRIK\"");
  EXPECT_EQ(outside.status, 0);
  EXPECT_THAT(outside.out, HasSubstr("no fabrik.toml in /"));
  for (const auto* command : {"status", "health", "stats", "logs", "gc", "help", "man", "stop"}) {
    fabrik_cli(command);
  }
  EXPECT_THAT(processes(), IsEmpty());
}

TEST_F(Cli, StatusTellsAStoppedDaemonFromARunningOne) {
  EXPECT_EQ(fabrik_cli("status").status, 3);
  const json stopped = fabrik_json("status");
  EXPECT_EQ(stopped.at("running"), false);
  EXPECT_TRUE(stopped.at("daemon").is_null());
  EXPECT_EQ(stopped.at("project").at("id"), project_id());
  EXPECT_THAT(stopped.at("daemon_problem").get<std::string>(), HasSubstr("nothing has started it"));

  const auto daemon = up();
  EXPECT_EQ(fabrik_cli("status").status, 0);
  const json running = fabrik_json("status");
  EXPECT_EQ(running.at("running"), true);
  EXPECT_EQ(running.at("daemon").at("pid"), daemon.supervisor_pid);
  EXPECT_EQ(running.at("daemon").at("ports").at("http"), daemon.http_port);
  EXPECT_EQ(running.at("daemon").at("worker").at("state"), "running");
  EXPECT_TRUE(running.at("daemon_problem").is_null());
  EXPECT_EQ(running.at("cache").at("hits"), 0);
  EXPECT_EQ(running.at("shell").at("state"), "none");
}

TEST_F(Cli, StatusListsAllDaemons) {
  EXPECT_EQ(fabrik_cli("status --all").status, 3);
  const auto daemon = up();
  const json all = fabrik_json("status --all");
  ASSERT_EQ(all.at("daemons").size(), 1u);
  EXPECT_EQ(all.at("daemons")[0].at("pid"), daemon.supervisor_pid);
  EXPECT_EQ(sh("cd / && \"$FABRIK\" status --all").status, 0);
}

TEST_F(Cli, StatusSaysThatTheDaemonServesAnEarlierFile) {
  up();
  configure("[cache]\nmax_size = \"1GB\"\n");
  EXPECT_THAT(fabrik_json("status").at("daemon_problem").get<std::string>(),
              HasSubstr("earlier version of fabrik.toml"));
}

TEST_F(Cli, StatusNamesWhatIsWrongInTheFile) {
  configure("[cache]\nmax_sice = \"1GB\"\n");
  const Finished finished = fabrik_cli("status");
  EXPECT_EQ(finished.status, 78);
  EXPECT_THAT(finished.out, AllOf(HasSubstr("max_sice"), HasSubstr("fabrik.toml:2")));
  EXPECT_THAT(fabrik_cli("").out, HasSubstr("max_sice"));
}

TEST_F(Cli, WhatNeedsACorrectFileEndsWith78WhenItIsWrong) {
  configure("[cache]\nmax_sice = \"1GB\"\n");
  for (const char* command : {"restart", "trust", "daemon", "buildkit-args", "config show",
                              "config validate", "status"}) {
    const Finished finished = fabrik_cli(std::string(command) + " 2>&1");
    EXPECT_EQ(finished.status, 78) << command << ": " << finished.out;
    EXPECT_THAT(finished.out, HasSubstr("fabrik.toml:2")) << command;
  }
  configure("");
  up();
  configure("[cache]\nmax_sice = \"1GB\"\n");
  EXPECT_EQ(fabrik_cli("restart").status, 78) << "also while a daemon serves an earlier one";
}

TEST_F(Cli, StatusKnowsWhetherTheVariablesAreRight) {
  up();
  const Finished right = sh("\"$FABRIK\" exec -- \"$FABRIK\" status --json");
  EXPECT_EQ(json::parse(right.out).at("shell").at("state"), "right") << right.out;
  const Finished stale = sh("FABRIK_HTTP_URL=http://127.0.0.1:1 \"$FABRIK\" status --json");
  EXPECT_EQ(json::parse(stale.out).at("shell").at("state"), "stale") << stale.out;
}

TEST_F(Cli, HealthAsksTheCacheItself) {
  EXPECT_EQ(fabrik_cli("health").status, 3);
  const auto daemon = up();
  EXPECT_EQ(fabrik_cli("health").status, 0);
  const json healthy = fabrik_json("health");
  EXPECT_EQ(healthy.at("healthy"), true);
  EXPECT_EQ(healthy.at("url"), "http://127.0.0.1:" + std::to_string(daemon.http_port));

  const std::string url = "http://127.0.0.1:" + std::to_string(daemon.http_port);
  EXPECT_EQ(sh("cd / && FABRIK_HEALTH_URL=" + url + " \"$FABRIK\" health").status, 0);
  EXPECT_EQ(fabrik_cli("health --url " + url + "/no/such/route").status, 1);
  EXPECT_EQ(fabrik_cli("health --url http://127.0.0.1:1").status, 1);
  EXPECT_EQ(fabrik_cli("health --url https://example.com").status, 64);
  EXPECT_EQ(fabrik_cli("health --timeout soon").status, 64);
}

TEST_F(Cli, StatsCountHitsPerTool) {
  EXPECT_EQ(fabrik_cli("stats").status, 3);
  const auto daemon = up();
  const std::string key = "/cache/0123456789abcdef0123456789abcdef";
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", key).status, 404);
  EXPECT_EQ(testing::fetch(daemon.http_port, "PUT", key, "artefact").status, 200);
  EXPECT_EQ(testing::fetch(daemon.http_port, "GET", key).status, 200);
  const json gradle = fabrik_json("stats").at("spaces").at("gradle");
  EXPECT_EQ(gradle.at("hits"), 1);
  EXPECT_EQ(gradle.at("misses"), 1);
  EXPECT_EQ(gradle.at("puts"), 1);
  const std::string shown = fabrik_cli("stats").out;
  EXPECT_THAT(shown, HasSubstr("50% (1 of 2 lookups)"));
  EXPECT_THAT(shown, HasSubstr("\ngradle "));
  EXPECT_THAT(shown, Not(HasSubstr("\nturborepo "))) << "nobody asked for anything there";
  EXPECT_THAT(fabrik_cli("").out, HasSubstr("50% (1 of 2 lookups)"));
}

TEST_F(Cli, DoctorStartsTheDaemonAndUsesEveryRoute) {
  const json found = fabrik_json("doctor");
  EXPECT_EQ(found.at("schema"), 1);
  for (const auto* tool : {"gradle", "nx", "turborepo", "ccache", "sccache", "rush", "bazel",
                           "moon", "vite-plus", "maven", "buildkit"}) {
    EXPECT_THAT(levels(found, std::string(tool) + " cache"), Contains("good")) << found.dump(1);
  }
  EXPECT_THAT(levels(found, "daemon"), Contains("good"));
  EXPECT_TRUE(status());
}

TEST_F(Cli, DoctorIsContentWhenTheHookIsThereAndNotBefore) {
  EXPECT_EQ(sh("SHELL=/bin/bash \"$FABRIK\" doctor").status, 1);
  std::ofstream(root() / "home/.bashrc") << "eval \"$(fabrik activate bash)\"\n";
  const Finished finished = sh("SHELL=/bin/bash \"$FABRIK\" doctor");
  EXPECT_EQ(finished.status, 0) << finished.out;
  EXPECT_THAT(finished.out, Not(HasSubstr("FAIL")));
}

TEST_F(Cli, DoctorHasACureForEachFinding) {
  up();
  std::filesystem::permissions(paths().state, std::filesystem::perms(0755));
  const Finished finished =
      sh("FABRIK_HTTP_URL=http://127.0.0.1:1 SHELL=/bin/bash \"$FABRIK\" doctor --json");
  EXPECT_EQ(finished.status, 1);
  const json found = json::parse(finished.out);
  EXPECT_EQ(found.at("healthy"), false);
  EXPECT_THAT(levels(found, "shell"), Contains("bad"));
  EXPECT_THAT(levels(found, "hook"), Contains("bad"));
  EXPECT_THAT(levels(found, "state directory"), Contains("warning"));
  for (const json& finding : found.at("findings")) {
    const bool needs_cure = finding.at("level") == "bad" || finding.at("level") == "warning";
    EXPECT_EQ(needs_cure, !finding.at("cure").get<std::string>().empty()) << finding.dump();
  }
}

TEST_F(Cli, DoctorMissesTheWorker) {
  std::filesystem::remove(root() / "bin/fabrikd");
  const Finished finished = fabrik_cli("doctor");
  EXPECT_EQ(finished.status, 1);
  EXPECT_THAT(finished.out, HasSubstr("find fabrikd"));
}

TEST_F(Cli, LogsShowBothProcesses) {
  EXPECT_EQ(fabrik_cli("logs").status, 1);
  up();
  const Finished both = fabrik_cli("logs");
  EXPECT_EQ(both.status, 0);
  EXPECT_THAT(both.out, AllOf(HasSubstr(" supervisor "), HasSubstr(" worker ")));
  EXPECT_THAT(fabrik_cli("logs --worker").out, Not(HasSubstr(" supervisor ")));
  EXPECT_THAT(fabrik_cli("logs -n 0").out, IsEmpty());
  std::istringstream lines(fabrik_cli("logs --json").out);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_TRUE(json::parse(line, nullptr, false).is_object()) << line;
  }
  EXPECT_GT(count, 1u);
  EXPECT_EQ(fabrik_cli("logs -n many").status, 64);
}

TEST_F(Cli, LogsFollowARestart) {
  up();
  const auto file = root() / "followed";
  const pid_t follower =
      sh_in_background("exec \"$FABRIK\" logs -f --supervisor -n 0 >'" + file.string() + "'");
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(file); }));
  // Only once it watches is a restart sure to be seen; so restart until it is.
  EXPECT_TRUE(eventually([&] {
    fabrik_cli("restart");
    return read_file(file).value_or("").find("supervisor") != std::string::npos;
  }));
  testing::send_signal(follower, SIGTERM);
  ::waitpid(follower, nullptr, 0);
}

TEST_F(Cli, GcRemovesAProjectThatIsGone) {
  const auto daemon = up();
  std::filesystem::rename(project() / "fabrik.toml", root() / "kept.toml");
  EXPECT_THAT(sh("\"$FABRIK\" gc --cache --json").out, HasSubstr("\"removed\": []"));
  std::filesystem::rename(root() / "kept.toml", project() / "fabrik.toml");
  EXPECT_EQ(fabrik_cli("stop").status, 0);
  EXPECT_THAT(fabrik_json("gc --cache").at("removed"), IsEmpty());

  std::filesystem::rename(project() / "fabrik.toml", root() / "kept.toml");
  EXPECT_THAT(fabrik_cli("gc --dry-run").out, HasSubstr("would remove"));
  EXPECT_TRUE(std::filesystem::exists(daemon.state_dir));
  EXPECT_EQ(fabrik_cli("gc --cache").status, 0);
  EXPECT_FALSE(std::filesystem::exists(daemon.state_dir));
  EXPECT_FALSE(std::filesystem::exists(daemon.cache_dir));
  EXPECT_TRUE(std::filesystem::is_empty(paths().state / "projects"));
  std::filesystem::rename(root() / "kept.toml", project() / "fabrik.toml");
}

TEST_F(Cli, SurvivesClosedAndFullOutputs) {
  EXPECT_EQ(sh("\"$FABRIK\" version >&- 2>&-").status, 0);
  EXPECT_EQ(sh("\"$FABRIK\" help >/dev/full 2>&1").status, 74);
}

TEST_F(Cli, CompletesInBash) {
  const Finished finished = sh(
      "exec bash --norc -c 'eval \"$(\"$FABRIK\" completions bash)\"\n"
      "ask() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _fabrik; echo \"${COMPREPLY[@]}\"; }\n"
      "ask fabrik sta; ask fabrik activate z; ask fabrik health --format \"\"; ask fabrik stop "
      "--al' 2>&1");
  EXPECT_EQ(finished.out, "status stats\nzsh\ntext json\n--all\n");
}

TEST_F(Cli, CompletesInZsh) {
  if (!has("zsh")) {
    GTEST_SKIP() << "zsh is not installed";
  }
  const Finished finished = sh(
      "exec zsh -fc 'autoload -Uz compinit; compinit -D; eval \"$(\"$FABRIK\" completions zsh)\"\n"
      "print $_comps[fabrik]; print $+functions[_fabrik]' 2>&1");
  EXPECT_EQ(finished.out, "_fabrik\n1\n");
}

TEST_F(Cli, CompletesInFish) {
  if (!has("fish")) {
    GTEST_SKIP() << "fish is not installed";
  }
  const Finished finished =
      sh("exec fish -N -c '\"$FABRIK\" completions fish | source; complete -C \"fabrik sta\";"
         "complete -C \"fabrik health --format \"; complete -C \"fabrik stop --al\"' 2>&1");
  EXPECT_THAT(finished.out, AllOf(HasSubstr("status\t"), HasSubstr("stats\t"), HasSubstr("text"),
                                  HasSubstr("--all\t"), Not(HasSubstr("deactivate"))));
}

TEST_F(Cli, PrintsAManPageWithoutRoffWarnings) {
  if (!has("groff")) {
    GTEST_SKIP() << "groff is not installed";
  }
  const Finished finished = sh("\"$FABRIK\" man | groff -man -Tascii -ww 2>&1 >/dev/null; exit $?");
  EXPECT_EQ(finished.out, "");
  EXPECT_EQ(finished.status, 0);
}

}  // namespace
}  // namespace fabrik
