#include "activate/spawn.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/fs.hpp"
#include "base/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::activate {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = UniqueFd(ends[0]);
    write = UniqueFd(ends[1]);
  }
  std::string all() {
    write.reset();
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t count = 0; (count = ::read(read.get(), buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  UniqueFd read;
  UniqueFd write;
};

ProcessSpec shell(const std::string& script) {
  ProcessSpec spec;
  spec.executable = "/bin/sh";
  spec.arguments = {"-c", script};
  spec.environment = {"PATH=/usr/bin:/bin"};
  return spec;
}

int wait_for(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Spawn, HandsOverExactlyTheDescriptorsAsked) {
  Pipe out;
  const UniqueFd low(::open("/dev/zero", O_RDONLY));  // not CLOEXEC, on purpose
  const UniqueFd high(::fcntl(low.get(), F_DUPFD, 77));
  ProcessSpec spec = shell("ls -l /proc/$$/fd >&5");
  spec.descriptors = {{out.write.get(), 5}};
  const auto child = spawn_child(spec);
  ASSERT_TRUE(child) << child.error().message;
  const std::string seen = out.all();
  EXPECT_EQ(wait_for(*child), 0);
  EXPECT_EQ(seen.find("/dev/zero"), std::string::npos) << seen;
  EXPECT_NE(seen.find(" 5 -> pipe:"), std::string::npos) << seen;
  for (const char* fd : {" 0 -> /dev/null", " 1 -> ", " 2 -> /dev/null"}) {
    EXPECT_NE(seen.find(fd), std::string::npos) << seen;
  }
}

TEST(Spawn, PlacesDescriptorsThatSitInEachOthersPlaces) {
  Pipe a;
  Pipe b;
  // Both sources are below or among the targets, crosswise.
  const UniqueFd x(::fcntl(a.write.get(), F_DUPFD_CLOEXEC, 30));
  const UniqueFd y(::fcntl(b.write.get(), F_DUPFD_CLOEXEC, 31));
  ProcessSpec spec = shell("echo a >/proc/self/fd/31; echo b >/proc/self/fd/30");
  spec.descriptors = {{x.get(), y.get()}, {y.get(), x.get()}};
  const auto child = spawn_child(spec);
  ASSERT_TRUE(child);
  EXPECT_EQ(wait_for(*child), 0);
  const_cast<UniqueFd&>(x).reset();
  const_cast<UniqueFd&>(y).reset();
  EXPECT_EQ(a.all(), "a\n");
  EXPECT_EQ(b.all(), "b\n");
}

TEST(Spawn, ReportsAProgramThatCannotBeExecuted) {
  ProcessSpec spec = shell("");
  spec.executable = "/nonexistent/program";
  for (const auto& code : {spawn_child(spec).error().code, spawn_detached(spec).error().code}) {
    EXPECT_EQ(code, Errc::not_found);
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "and leaves no child behind";
}

TEST(Spawn, AppendsErrorsToAFile) {
  const testing::TempDir dir;
  ProcessSpec spec = shell("echo words >&2");
  spec.stderr_file = dir / "err";
  for (int round = 0; round < 2; ++round) {
    const auto child = spawn_child(spec);
    ASSERT_TRUE(child);
    wait_for(*child);
  }
  EXPECT_EQ(*read_file(dir / "err"), "words\nwords\n");
}

TEST(Spawn, ResetsSignalsDirectoryAndMask) {
  Pipe out;
  ::signal(SIGTERM, SIG_IGN);
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  ProcessSpec spec = shell("{ pwd; umask; grep -E '^Sig(Blk|Ign)' /proc/self/status; } >&5");
  spec.descriptors = {{out.write.get(), 5}};
  const auto child = spawn_child(spec);
  ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
  ::signal(SIGTERM, SIG_DFL);
  ASSERT_TRUE(child);
  EXPECT_EQ(out.all(), "/\n0077\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  wait_for(*child);
}

TEST(Spawn, ADetachedProcessIsNotOursAndNotOfOurSession) {
  Pipe out;
  // Says who it is only when its parent is no longer the one that forked it.
  ProcessSpec spec = shell("cut -d' ' -f4,6 /proc/$$/stat >&5");
  spec.descriptors = {{out.write.get(), 5}};
  ASSERT_TRUE(spawn_detached(spec));
  const std::string facts = out.all();
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no child of ours";
  const auto space = facts.find(' ');
  ASSERT_NE(space, std::string::npos) << facts;
  EXPECT_NE(std::stoi(facts.substr(0, space)), ::getpid());
  EXPECT_NE(std::stoi(facts.substr(space + 1)), ::getsid(0));
}

TEST(Spawn, AChildDiesWithItsParent) {
  Pipe out;
  const pid_t parent = ::fork();
  if (parent == 0) {
    ProcessSpec spec = shell("echo up >&5; exec sleep 600");
    spec.descriptors = {{out.write.get(), 5}};
    (void)spawn_child(spec);
    ::pause();
  }
  std::array<char, 3> up{};
  out.write.reset();
  ASSERT_EQ(::read(out.read.get(), up.data(), up.size()), 3);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_EQ(out.all(), "") << "the pipe ends when the last holder is gone";
}

TEST(DaemonEnvironment, KeepsWhatADaemonNeedsAndNothingElse) {
  const Env env({{"HOME", "/h"},
                 {"PATH", "/bin"},
                 {"LANG", "C"},
                 {"LC_ALL", "C"},
                 {"XDG_CACHE_HOME", "/x"},
                 {"FABRIK_CONFIG_CACHE_MAX_SIZE", "1GB"},
                 {"FABRIK_CONFIG_HASH", "00112233445566ff"},
                 {"FABRIK_HTTP_URL", "http://127.0.0.1:1"},
                 {"TURBO_TOKEN", "secret"},
                 {"AWS_SECRET_ACCESS_KEY", "secret"},
                 {"LD_PRELOAD", "/evil.so"},
                 {"FABRIK_TRUST", "1"}});
  const std::vector<std::string> expected = {"FABRIK_CONFIG_CACHE_MAX_SIZE=1GB",
                                             "HOME=/h",
                                             "LANG=C",
                                             "LC_ALL=C",
                                             "PATH=/bin",
                                             "XDG_CACHE_HOME=/x"};
  EXPECT_EQ(daemon_environment(env), expected);
}

}  // namespace
}  // namespace fabrik::activate
