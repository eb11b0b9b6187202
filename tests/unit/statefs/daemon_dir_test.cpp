#include "statefs/daemon_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/statefs/state_fixture.hpp"

namespace fabrik::statefs {
namespace {

constexpr std::string_view kHash = "00112233445566ff";
constexpr std::string_view kOther = "ffeeddccbbaa9988";

class DaemonDirTest : public ::testing::Test, protected fabrik::testing::StateFixture {
 protected:
  DaemonDir published() {
    auto made = DaemonDir::create(paths, kHash);
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->write_snapshot("[cache]\n"));
    EXPECT_TRUE(made->publish({4711, 40001, 40002, "/home/u/p/fabrik.toml"}));
    return *made;
  }
  void overwrite(const std::string& name, std::string_view content) {
    ASSERT_TRUE(write_file_atomically(paths.daemon_dir(kHash) / name, content));
  }
  Errc read_error() {
    const auto record = read_daemon_record(paths, kHash);
    EXPECT_FALSE(record);
    return record ? Errc::internal : record.error().code;
  }
};

TEST_F(DaemonDirTest, ReadsBackWhatWasPublished) {
  published();
  const auto record = read_daemon_record(paths, kHash);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->pid, 4711);
  EXPECT_EQ(record->http_port, 40001);
  EXPECT_EQ(record->grpc_port, 40002);
  EXPECT_EQ(record->config_path, "/home/u/p/fabrik.toml");
}

TEST_F(DaemonDirTest, IsPrivateToTheUser) {
  const DaemonDir dir = published();
  struct stat info{};
  for (const auto& path : {dir.path(), dir.log_dir()}) {
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700U);
  }
  ASSERT_EQ(::stat((dir.path() / "pid").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(DaemonDirTest, ReportsNothingForAnUnknownGeneration) {
  EXPECT_EQ(read_error(), Errc::not_found);
}

TEST_F(DaemonDirTest, DoesNotBelieveHalfWrittenFiles) {
  published();
  overwrite("ports.json", "{\"http\": 40");
  EXPECT_EQ(read_error(), Errc::corrupt);
  overwrite("ports.json", "");
  EXPECT_EQ(read_error(), Errc::corrupt);
  overwrite("ports.json", "{\"http\": 40001}");
  overwrite("pid", "47");
  EXPECT_EQ(read_error(), Errc::corrupt) << "a pid without its newline may have lost digits";
  overwrite("pid", "4711\n");
  overwrite("config_path.txt", "/home/u");
  EXPECT_EQ(read_error(), Errc::corrupt);
}

TEST_F(DaemonDirTest, DoesNotBelieveNonsense) {
  published();
  for (const char* pid : {"0\n", "1\n", "-1\n", "99999999999999999999\n", "12 34\n", "x\n"}) {
    overwrite("pid", pid);
    EXPECT_EQ(read_error(), Errc::corrupt) << pid;
  }
  overwrite("pid", "4711\n");
  for (const char* ports : {"{}", "[1]", "{\"http\":0}", "{\"http\":70000}", "{\"http\":\"80\"}"}) {
    overwrite("ports.json", ports);
    EXPECT_EQ(read_error(), Errc::corrupt) << ports;
  }
}

TEST_F(DaemonDirTest, DoesNotFollowSymlinks) {
  const DaemonDir dir = published();
  ASSERT_TRUE(write_file_atomically(this->dir / "planted", "4711\n"));
  std::filesystem::remove(dir.path() / "pid");
  std::filesystem::create_symlink(this->dir / "planted", dir.path() / "pid");
  EXPECT_EQ(read_error(), Errc::forbidden);
}

TEST_F(DaemonDirTest, DoesNotBelieveFilesOthersCanWrite) {
  const DaemonDir dir = published();
  ::chmod((dir.path() / "ports.json").c_str(), 0666);
  EXPECT_EQ(read_error(), Errc::forbidden);
}

TEST_F(DaemonDirTest, DoesNotBelieveFilesOfAnotherUser) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give files away";
  }
  const DaemonDir dir = published();
  ASSERT_EQ(::chown((dir.path() / "pid").c_str(), 65534, 65534), 0);
  EXPECT_EQ(read_error(), Errc::forbidden);
}

TEST_F(DaemonDirTest, RefusesADirectoryOfAnotherUser) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give directories away";
  }
  published();
  ASSERT_EQ(::chown(paths.daemon_dir(kHash).c_str(), 65534, 65534), 0);
  EXPECT_EQ(read_error(), Errc::forbidden);
  const auto made = DaemonDir::create(paths, kHash);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::forbidden);
}

TEST_F(DaemonDirTest, RefusesASymlinkedDirectory) {
  std::filesystem::create_directories(paths.state / "daemons");
  std::filesystem::create_directories(dir / "elsewhere");
  std::filesystem::create_symlink(dir / "elsewhere", paths.daemon_dir(kHash));
  EXPECT_FALSE(DaemonDir::create(paths, kHash));
  EXPECT_EQ(read_error(), Errc::forbidden);
}

TEST_F(DaemonDirTest, RepairsModesOfItsOwnDirectory) {
  const DaemonDir dir = published();
  ::chmod(dir.path().c_str(), 0777);
  ASSERT_TRUE(DaemonDir::create(paths, kHash));
  struct stat info{};
  ASSERT_EQ(::stat(dir.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

TEST_F(DaemonDirTest, RefusesNamesThatAreNotHashes) {
  for (const char* name : {"", "..", "../../etc", "0011223344556677/..", "00112233445566FF"}) {
    EXPECT_FALSE(DaemonDir::create(paths, name)) << name;
    EXPECT_FALSE(read_daemon_record(paths, name)) << name;
  }
}

TEST_F(DaemonDirTest, KeepsTheLogWhenItRetracts) {
  const DaemonDir dir = published();
  ASSERT_TRUE(write_file_atomically(dir.log_dir() / "worker.log", "line\n"));
  EXPECT_TRUE(dir.is_published());
  dir.retract();
  EXPECT_FALSE(dir.is_published());
  EXPECT_EQ(read_error(), Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(dir.snapshot()));
  EXPECT_TRUE(std::filesystem::exists(dir.log_dir() / "worker.log"));
}

TEST_F(DaemonDirTest, LeavesNothingWhenRemoved) {
  const DaemonDir dir = published();
  dir.remove();
  EXPECT_FALSE(std::filesystem::exists(dir.path()));
}

TEST_F(DaemonDirTest, CarriesTheLogToTheNextGeneration) {
  const DaemonDir old = published();
  ASSERT_TRUE(write_file_atomically(old.log_dir() / "worker.log", "old\n"));
  const auto next = DaemonDir::create(paths, kOther);
  ASSERT_TRUE(next);
  next->take_log_from(old);
  EXPECT_EQ(*read_file(next->log_dir() / "worker.log"), "old\n");
}

TEST_F(DaemonDirTest, DoesNotReplaceALogThatIsThere) {
  const DaemonDir old = published();
  ASSERT_TRUE(write_file_atomically(old.log_dir() / "worker.log", "old\n"));
  const auto next = DaemonDir::create(paths, kOther);
  ASSERT_TRUE(next);
  ASSERT_TRUE(write_file_atomically(next->log_dir() / "worker.log", "own\n"));
  next->take_log_from(old);
  EXPECT_EQ(*read_file(next->log_dir() / "worker.log"), "own\n");
}

}  // namespace
}  // namespace fabrik::statefs
