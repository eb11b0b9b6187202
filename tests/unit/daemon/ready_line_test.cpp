#include "daemon/ready_line.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.hpp"

namespace fabrik::daemon {
namespace {

TEST(ReadyLine, SaysWhereTheCacheIs) {
  EXPECT_EQ(ready_line({.cache_dir = "/c",
                        .degraded = "",
                        .http_port = std::nullopt,
                        .grpc_port = std::nullopt}),
            R"({"ready":true,"cache_dir":"/c"})");
  EXPECT_EQ(ready_line({.cache_dir = "/c\"x", .degraded = "why", .http_port = 80, .grpc_port = 81}),
            R"({"ready":true,"cache_dir":"/c\"x","degraded":"why","http_port":80,"grpc_port":81})");
}

TEST(ReadyLine, NamesTheError) {
  EXPECT_EQ(error_line({Errc::conflict, "in use"}), R"({"error":"in use","code":"conflict"})");
}

TEST(ReadyLine, IsOneLineAndThenTheEnd) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd read_end(ends[0]);
  ASSERT_TRUE(tell_starter(ends[1], "{}"));
  std::array<char, 16> buffer;
  EXPECT_EQ(::read(read_end.get(), buffer.data(), buffer.size()), 3);
  EXPECT_EQ(::read(read_end.get(), buffer.data(), buffer.size()), 0);
}

TEST(ReadyLine, FailsWhenNobodyListens) {
  ::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_FALSE(tell_starter(ends[1], "{}"));
}

}  // namespace
}  // namespace fabrik::daemon
