#include "net/stream_io.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

namespace fabrik::net {
namespace {

// A socket whose reads are watched step by step.
class StreamIoTest : public ::testing::Test {
 protected:
  StreamIoTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    client_.reset(ends[0]);
    clock_.advance();
    io_.emplace(loop_.get_executor(), UniqueFd(ends[1]), AF_UNIX, clock_);
  }

  // Begins a read and runs until it waits.
  void begin_read(std::chrono::milliseconds timeout = std::chrono::hours(1)) {
    got_.reset();
    boost::asio::co_spawn(loop_, read(timeout), [](const std::exception_ptr&) {});
    run();
  }
  void client_sends(std::string_view bytes) {
    EXPECT_EQ(::write(client_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  void run() {
    loop_.restart();
    loop_.poll();
  }

  boost::asio::io_context loop_;
  UniqueFd client_;
  CoarseClock clock_;
  std::optional<StreamIo> io_;
  std::optional<std::string> got_;

 private:
  Task<void> read(std::chrono::milliseconds timeout) {
    std::array<char, 64> buffer{};
    const std::size_t count = co_await io_->read_some(buffer, timeout);
    got_.emplace(buffer.data(), count);
  }
};

TEST_F(StreamIoTest, ToldNotToWaitItTakesWhatHasArrived) {
  begin_read();
  ASSERT_FALSE(got_);
  client_sends("half ");
  io_->stop_waiting();
  run();
  EXPECT_EQ(got_, "half ");
  begin_read();
  EXPECT_FALSE(got_) << "the next read waits as ever";
  client_sends("an upload");
  run();
  EXPECT_EQ(got_, "an upload");
}

TEST_F(StreamIoTest, ToldNotToWaitItEndsWhenNothingHasArrived) {
  begin_read();
  io_->stop_waiting();
  run();
  EXPECT_EQ(got_, "");
  EXPECT_FALSE(io_->timed_out());
}

TEST_F(StreamIoTest, BytesThatArriveWithTheDeadlineAreInTime) {
  begin_read(std::chrono::milliseconds(0));
  ASSERT_TRUE(io_->is_late());
  client_sends("just so");
  io_->expire_if_due();
  run();
  EXPECT_EQ(got_, "just so");
  EXPECT_FALSE(io_->timed_out());
}

TEST_F(StreamIoTest, NothingUntilTheDeadlineIsATimeout) {
  begin_read(std::chrono::milliseconds(0));
  io_->expire_if_due();
  run();
  EXPECT_EQ(got_, "");
  EXPECT_TRUE(io_->timed_out());
}

}  // namespace
}  // namespace fabrik::net
