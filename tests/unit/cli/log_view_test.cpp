#include "cli/log_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/log_follower.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::cli {
namespace {

using ::testing::ElementsAre;

std::string json_at(const std::string& second, const std::string& message) {
  return R"({"time":"2026-11-20T10:00:)" + second + R"(.000Z","level":"info","message":")" +
         message + R"("})";
}

std::vector<std::string> texts(const std::vector<LogLine>& lines) {
  std::vector<std::string> out;
  for (const LogLine& line : lines) {
    out.push_back(line.text);
  }
  return out;
}

TEST(LogView, ShowsALineForPeople) {
  const auto line = parse_log_line(
      "worker", R"({"time":"T","level":"warn","message":"slow","key":"a b","n":3,"ok":"x"})");
  EXPECT_EQ(format_log_line(line, Style(false)), "T worker     warn  slow key=\"a b\" n=3 ok=x");
}

TEST(LogView, ShowsOtherTextAsItIs) {
  const auto line = parse_log_line("supervisor", "terminate called");
  EXPECT_EQ(line.time, "");
  EXPECT_EQ(format_log_line(line, Style(false)), "terminate called");
}

TEST(LogView, KeepsControlCharactersFromTheTerminal) {
  const auto json = parse_log_line(
      "worker", R"({"time":"T","level":"info","message":"a\u001b[31mb","k":"\u0007"})");
  EXPECT_EQ(format_log_line(json, Style(false)).find('\033'), std::string::npos);
  const auto text = parse_log_line("worker", "raw \033]0;title\007");
  EXPECT_EQ(format_log_line(text, Style(false)), "raw ?]0;title?");
}

TEST(LogView, MergesByTimeAndKeepsTheEnd) {
  const std::vector<LogLine> worker = {parse_log_line("worker", json_at("01", "a")),
                                       parse_log_line("worker", "stack trace"),
                                       parse_log_line("worker", json_at("05", "b"))};
  const std::vector<LogLine> supervisor = {parse_log_line("supervisor", json_at("03", "c"))};
  EXPECT_THAT(
      texts(merge_lines({supervisor, worker}, 10)),
      ElementsAre(json_at("01", "a"), "stack trace", json_at("03", "c"), json_at("05", "b")));
  EXPECT_THAT(texts(merge_lines({supervisor, worker}, 1)), ElementsAre(json_at("05", "b")));
}

TEST(LogView, ContinuesIntoTheRotatedFile) {
  const fabrik::testing::TempDir dir;
  std::ofstream(dir / "worker.1.log") << "one\ntwo\n";
  std::ofstream(dir / "worker.log") << "three\nfour\n";
  EXPECT_THAT(texts(last_lines(dir / "worker.log", "worker", 3)),
              ElementsAre("two", "three", "four"));
  EXPECT_THAT(texts(last_lines(dir / "worker.log", "worker", 1)), ElementsAre("four"));
  EXPECT_TRUE(last_lines(dir / "none.log", "worker", 5).empty());
}

TEST(LogFollower, SeesWhatIsAppended) {
  const fabrik::testing::TempDir dir;
  std::ofstream file(dir / "worker.log");
  file << "one\nhalf" << std::flush;
  auto follower = LogFollower::create(dir.path(), {{dir / "worker.log", "worker"}});
  ASSERT_TRUE(follower) << follower.error().message;
  EXPECT_THAT(texts(follower->take()), ElementsAre("one"));
  file << " done\nnext\n" << std::flush;
  ASSERT_TRUE(follower->wait());
  EXPECT_THAT(texts(follower->take()), ElementsAre("half done", "next"));
  EXPECT_TRUE(follower->take().empty());
}

TEST(LogFollower, LosesNothingWhenTheFileIsRotated) {
  const fabrik::testing::TempDir dir;
  std::ofstream file(dir / "worker.log");
  auto follower = LogFollower::create(dir.path(), {{dir / "worker.log", "worker"}});
  ASSERT_TRUE(follower);
  file << "before\n" << std::flush;
  std::filesystem::rename(dir / "worker.log", dir / "worker.1.log");
  std::ofstream(dir / "worker.log") << "after\n";
  ASSERT_TRUE(follower->wait());
  EXPECT_THAT(texts(follower->take()), ElementsAre("before", "after"));
}

TEST(LogFollower, WaitsForAFileThatDoesNotExistYet) {
  const fabrik::testing::TempDir dir;
  auto follower = LogFollower::create(dir.path(), {{dir / "worker.log", "worker"}});
  ASSERT_TRUE(follower);
  EXPECT_TRUE(follower->take().empty());
  std::ofstream(dir / "worker.log") << "first\n";
  ASSERT_TRUE(follower->wait());
  EXPECT_THAT(texts(follower->take()), ElementsAre("first"));
}

TEST(LogFollower, EndsWhenTheDirectoryGoes) {
  const fabrik::testing::TempDir dir;
  std::filesystem::create_directory(dir / "log");
  auto follower = LogFollower::create(dir / "log", {{dir / "log/worker.log", "worker"}});
  ASSERT_TRUE(follower);
  std::filesystem::remove(dir / "log");
  const auto result = follower->wait();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::not_found);
}

}  // namespace
}  // namespace fabrik::cli
