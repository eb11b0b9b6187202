// `fabrik audit`, `fabrik revoke` and `fabrik bazel` with the real worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/fs.hpp"
#include "tests/support/daemon_fixture.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik {
namespace {

using ::testing::AllOf;
using testing::DaemonFixture;
using testing::eventually;
using testing::fetch;
using testing::Finished;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kKey = "/cache/0123456789abcdef0123456789abcdef";

class CliTools : public ::testing::Test, protected DaemonFixture {
 protected:
  CliTools() : DaemonFixture(FABRIKD_BINARY) {}

  Finished fabrik_cli(const std::string& arguments) const {
    return sh("exec \"$FABRIK\" " + arguments + " 2>&1");
  }
  // Records are written a moment after the answer.
  std::string audit(const std::string& arguments, const std::string& until) const {
    std::string out;
    EXPECT_TRUE(eventually([&] {
      out = fabrik_cli("audit " + arguments).out;
      return out.find(until) != std::string::npos;
    })) << out;
    return out;
  }
  std::string me() const { return "uid " + std::to_string(::geteuid()); }
  // A program that prints how it was called.
  std::string fake_bazel(const std::string& name) const {
    const auto path = root() / name;
    EXPECT_TRUE(write_file_atomically(
        path, "#!/bin/sh\necho \"called: $*\"\necho \"rc: $BAZELRC\"\nexit 7\n", 0755));
    return path.string();
  }
};

TEST_F(CliTools, AuditSaysWhoStoredWhat) {
  const auto port = up().http_port;
  const std::string blob = "a blob";
  const std::string digest = sha256(as_bytes(blob)).hex();
  ASSERT_EQ(fetch(port, "PUT", kKey, "gradle's bytes", "User-Agent: Gradle/8\r\n").status, 200);
  ASSERT_EQ(fetch(port, "PUT", "/x/cas/" + digest, blob).status, 200);
  ASSERT_EQ(fetch(port, "PUT", "/x/cas/" + digest, blob).status, 200);  // changes nothing
  const std::string all = audit("", digest);
  EXPECT_THAT(all, AllOf(HasSubstr(me()), HasSubstr("Gradle/8"), HasSubstr("gradle"),
                         HasSubstr("0123456789abcdef0123456789abcdef"), HasSubstr("14 B")));
  EXPECT_EQ(std::ranges::count(all, '\n'), 2);
  EXPECT_EQ(std::ranges::count(fabrik_cli("audit --digest " + digest).out, '\n'), 1);
  EXPECT_THAT(fabrik_cli("audit --writer 'uid 77777'").out, IsEmpty());
  EXPECT_THAT(fabrik_cli("audit --since 2999-01-01").out, IsEmpty());
  const auto record = nlohmann::json::parse(fabrik_cli("audit --json --digest " + digest).out);
  EXPECT_EQ(record.at("space"), "cas");
  EXPECT_EQ(record.at("size"), 6);
  EXPECT_EQ(fabrik_cli("stop").status, 0);
  EXPECT_EQ(fabrik_cli("audit").out, all);  // needs no daemon
}

TEST_F(CliTools, AuditWithoutADaemonEverIsEmpty) {
  const Finished none = fabrik_cli("audit");
  EXPECT_EQ(none.status, 0);
  EXPECT_THAT(none.out, HasSubstr("no daemon has run"));
  const Finished wrong = fabrik_cli("audit --since yesterday");
  EXPECT_NE(wrong.status, 0);
  EXPECT_THAT(wrong.out, HasSubstr("neither a duration"));
}

TEST_F(CliTools, RevokeRemovesWhatAWriterStoredAfterSayingSo) {
  const auto port = up().http_port;
  ASSERT_EQ(fetch(port, "PUT", kKey, "bytes").status, 200);
  const std::string order = "revoke --writer '" + me() + "' --since 1h";
  EXPECT_THAT(fabrik_cli(order).out, AllOf(StartsWith("Would remove 1 entries"),
                                           HasSubstr("0123456789abcdef"), HasSubstr("--yes")));
  EXPECT_EQ(fetch(port, "GET", kKey).status, 200);
  EXPECT_THAT(fabrik_cli("revoke --writer 'uid 77777' --since 1h --yes").out,
              StartsWith("Removed 0 entries"));
  EXPECT_EQ(fetch(port, "GET", kKey).status, 200);
  EXPECT_THAT(fabrik_cli(order + " --yes").out, StartsWith("Removed 1 entries"));
  EXPECT_EQ(fetch(port, "GET", kKey).status, 404);
}

TEST_F(CliTools, RevokeNeedsAWriterATimeAndADaemon) {
  EXPECT_THAT(fabrik_cli("revoke --writer x").out, HasSubstr("--since are both needed"));
  EXPECT_EQ(fabrik_cli("revoke --writer x --since 1h").status, 3);
}

TEST_F(CliTools, BazelGetsTheRcFileInFrontOfTheUsersWords) {
  const std::string program = fake_bazel("bazel");
  const Finished run =
      sh("BAZEL='" + program + "' exec \"$FABRIK\" bazel -- --batch build //... -- -//x 2>&1");
  EXPECT_EQ(run.status, 7);
  const auto rc = status()->bazelrc;
  EXPECT_THAT(run.out, HasSubstr("called: --bazelrc=" + rc + " --batch build //... -- -//x\n"));
  EXPECT_THAT(run.out, HasSubstr("rc: " + rc));
  EXPECT_THAT(read_file(rc).value(), HasSubstr("build --remote_cache=http://127.0.0.1:" +
                                               std::to_string(status()->http_port) + "\n"));
  EXPECT_EQ(fabrik_cli("stop").status, 0);
  EXPECT_TRUE(read_file(rc)) << "whoever imports it or has it in BAZELRC would fail";
}

TEST_F(CliTools, BazelRunsPlainOutsideAProjectAndWhenItIsNotServed) {
  const std::string program = fake_bazel("bazel");
  EXPECT_THAT(sh("cd / && BAZEL='" + program + "' \"$FABRIK\" bazel build").out,
              HasSubstr("called: build\n"));
  configure("[build_tools]\nenabled = [\"nx\"]\n");
  const Finished run = sh("BAZEL='" + program + "' \"$FABRIK\" bazel build");
  EXPECT_EQ(run.status, 7);
  EXPECT_THAT(read_file(status()->bazelrc).value(), Not(HasSubstr("remote_cache")));
  EXPECT_EQ(sh("BAZEL=/no/such/program \"$FABRIK\" bazel build").status, 127);
}

}  // namespace
}  // namespace fabrik
