#include "net/runtime.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>
#include <thread>

namespace fabrik::net {
namespace {

TEST(Runtime, ChoosesOneThreadOnSmallMachines) {
  EXPECT_EQ(choose_threads(0, 1).io_threads, 1U);
  EXPECT_EQ(choose_threads(0, 2).io_threads, 1U);
  EXPECT_EQ(choose_threads(0, 4).io_threads, 2U);
  EXPECT_EQ(choose_threads(0, 64).io_threads, 4U);
  EXPECT_EQ(choose_threads(3, 2).io_threads, 3U);
}

TEST(Runtime, RunsWorkOnItsOwnThreads) {
  Runtime runtime({.io_threads = 2, .pool_threads = 1});
  std::promise<std::thread::id> ran;
  boost::asio::post(runtime.make_executor(), [&] { ran.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
}

TEST(Runtime, OneExecutorNeverRunsTwoThingsAtOnce) {
  Runtime runtime({.io_threads = 4, .pool_threads = 1});
  const boost::asio::any_io_executor executor = runtime.make_executor();
  int unguarded = 0;
  std::promise<void> all;
  for (int i = 0; i < 10'000; ++i) {
    boost::asio::post(executor, [&] {
      if (++unguarded == 10'000) {
        all.set_value();
      }
    });
  }
  all.get_future().get();
  EXPECT_EQ(unguarded, 10'000);
}

TEST(Runtime, StopsTwice) {
  Runtime runtime({});
  runtime.stop();
  runtime.stop();
}

}  // namespace
}  // namespace fabrik::net
