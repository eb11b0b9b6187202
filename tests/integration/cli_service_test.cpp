// `fabrik service` beside a systemctl that only writes down what it was asked, and
// beside the real systemd-analyze.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "tests/support/daemon_fixture.hpp"

namespace fabrik {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using testing::DaemonFixture;
using testing::Finished;
using ::testing::HasSubstr;
using ::testing::Not;

class CliService : public ::testing::Test, protected DaemonFixture {
 protected:
  CliService() : DaemonFixture(FABRIKD_BINARY) {
    fs::create_directory(root() / "fake");
    systemctl("case $2 in is-active) echo active;; is-enabled) echo enabled;; esac");
  }

  // What `systemctl` on the PATH does, after it has noted its arguments.
  void systemctl(const std::string& body) {
    const fs::path program = root() / "fake/systemctl";
    std::ofstream(program) << "#!/bin/sh\necho \"$*\" >>'" << (root() / "asked").string() << "'\n"
                           << body << "\n";
    fs::permissions(program, fs::perms::owner_all);
  }
  Finished service(const std::string& arguments) const {
    return sh("PATH='" + (root() / "fake").string() + "':$PATH exec \"$FABRIK\" service " +
              arguments + " 2>&1");
  }
  std::string asked() const { return read_file(root() / "asked").value_or(""); }
  fs::path unit() const {
    return root() / "home/.config/systemd/user" / ("fabrik-" + project_id() + ".service");
  }
};

TEST_F(CliService, InstallsAndStartsAUnitOfTheProject) {
  const Finished finished = service("install --set cache.max_size=2GB");
  EXPECT_EQ(finished.status, 0) << finished.out;
  EXPECT_THAT(read_file(unit()).value_or(""),
              AllOf(HasSubstr(fabrik().string()), HasSubstr(source().path.string()),
                    HasSubstr("--set \"cache.max_size=2GB\"")));
  const std::string name = unit().filename().string();
  EXPECT_THAT(asked(),
              AllOf(HasSubstr("--user daemon-reload\n"), HasSubstr("--user enable " + name + "\n"),
                    HasSubstr("--user restart " + name + "\n")));
}

TEST_F(CliService, TakesOverFromADaemonThatAShellStarted) {
  up();
  EXPECT_EQ(service("install").status, 0);
  EXPECT_FALSE(status()) << "the service could not have got the project's lock";
}

TEST_F(CliService, SaysWhetherItRuns) {
  EXPECT_EQ(service("status").status, 3);
  EXPECT_THAT(service("status").out, HasSubstr("not installed"));
  service("install");
  EXPECT_EQ(service("status").status, 0);
  const json report = json::parse(service("status --json").out);
  EXPECT_EQ(report.at("installed"), true);
  EXPECT_EQ(report.at("enabled"), "enabled");
  EXPECT_EQ(report.at("active"), "active");
  EXPECT_EQ(report.at("file"), unit().string());
}

TEST_F(CliService, RemovesWhatItInstalledAndNothingElse) {
  service("install");
  std::ofstream(unit().parent_path() / "mine.service") << "[Unit]\n";
  EXPECT_EQ(service("remove").status, 0);
  EXPECT_FALSE(fs::exists(unit()));
  EXPECT_TRUE(fs::exists(unit().parent_path() / "mine.service"));
  EXPECT_THAT(asked(), HasSubstr("--user disable --now " + unit().filename().string()));
  EXPECT_THAT(service("remove").out, HasSubstr("no service to remove"));
}

TEST_F(CliService, RemovesTheServicesOfAllProjects) {
  service("install");
  const fs::path mine = unit().parent_path() / "fabrik-0123456789abcdef.service";
  std::ofstream(mine) << "[Unit]\n# not by fabrik\n";
  EXPECT_EQ(sh("cd / && PATH='" + (root() / "fake").string() +
               "':$PATH exec \"$FABRIK\" service remove --all")
                .status,
            0);
  EXPECT_FALSE(fs::exists(unit()));
  EXPECT_TRUE(fs::exists(mine));
}

TEST_F(CliService, NeverTouchesAUnitOfSomebodyElse) {
  fs::create_directories(unit().parent_path());
  std::ofstream(unit()) << "[Unit]\nDescription=mine\n";
  for (const auto* action : {"install", "remove"}) {
    const Finished finished = service(action);
    EXPECT_NE(finished.status, 0) << action;
    EXPECT_THAT(finished.out, HasSubstr("not written by fabrik"));
  }
  EXPECT_EQ(read_file(unit()).value_or(""), "[Unit]\nDescription=mine\n");
}

TEST_F(CliService, WithoutSystemdSaysSoAndWritesNothing) {
  systemctl("echo 'Failed to connect to bus: No medium found' >&2; exit 1");
  const Finished no_bus = service("install");
  EXPECT_EQ(no_bus.status, 69);
  EXPECT_THAT(no_bus.out, AllOf(HasSubstr("No medium found"), HasSubstr("starts its daemon")));
  EXPECT_FALSE(fs::exists(unit()));

  const Finished nothing = sh("PATH=/nonexistent \"$FABRIK\" service install 2>&1");
  EXPECT_EQ(nothing.status, 69);
  EXPECT_THAT(nothing.out, HasSubstr("no systemctl"));

  const Finished written = service("install --no-start");
  EXPECT_EQ(written.status, 0) << written.out;
  EXPECT_TRUE(fs::exists(unit()));
  EXPECT_THAT(service("status --json").out, HasSubstr("\"active\": \"unknown\""));
}

TEST_F(CliService, RefusesAnythingElse) {
  EXPECT_EQ(service("").status, 64);
  EXPECT_EQ(service("start").status, 64);
  EXPECT_EQ(service("install --set nonsense=1").status, 64);
  EXPECT_EQ(asked(), "");
}

TEST_F(CliService, WritesWhatSystemdAccepts) {
  if (sh("command -v systemd-analyze").status != 0) {
    GTEST_SKIP() << "systemd-analyze is not installed";
  }
  EXPECT_EQ(sh("XDG_STATE_HOME='" + (root() / "state $x %h").string() +
               "' \"$FABRIK\" service install --no-start --set 'cache.dir=a b\"c$d%e'")
                .status,
            0);
  const Finished verified =
      sh("SYSTEMD_LOG_LEVEL=warning systemd-analyze --user verify '" + unit().string() + "' 2>&1");
  EXPECT_THAT(verified.out, Not(HasSubstr(unit().filename().string())));
  EXPECT_EQ(verified.status, 0) << verified.out;
}

}  // namespace
}  // namespace fabrik
