#include "net/blocking_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "tests/support/run_task.hpp"

namespace fabrik::net {
namespace {

using testing::run_task;

TEST(BlockingPool, ComputesOnAnotherThread) {
  BlockingPool pool(1);
  EXPECT_NE(run_task(on_pool(pool, [] { return std::this_thread::get_id(); })),
            std::this_thread::get_id());
}

TEST(BlockingPool, PassesOnWhatWorkThrows) {
  BlockingPool pool(1);
  EXPECT_THROW(run_task(pool.run([] { throw std::runtime_error("x"); })), std::runtime_error);
}

TEST(BlockingPool, RunsBesideTheCallersThread) {
  BlockingPool pool(1);
  std::thread::id there;
  std::thread::id here;
  std::promise<void> begun_here;
  // Would wait for ever if one began only after the other had ended.
  run_task(pool.run_beside(
      [&] {
        begun_here.get_future().wait();
        there = std::this_thread::get_id();
      },
      [&] {
        begun_here.set_value();
        here = std::this_thread::get_id();
      }));
  EXPECT_EQ(here, std::this_thread::get_id());
  EXPECT_NE(there, here);
}

TEST(BlockingPool, WaitsForWhicheverEndsLast) {
  BlockingPool pool(1);
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> ended_there = false;
    std::promise<void> go;
    std::future<void> gone = go.get_future();
    run_task(pool.run_beside(
        [&] {
          gone.wait();
          ended_there = true;
        },
        [&] { go.set_value(); }));
    ASSERT_TRUE(ended_there);
  }
}

TEST(BlockingPool, PassesOnAFailureOfEitherSideAfterBothHaveEnded) {
  BlockingPool pool(1);
  std::atomic<bool> ended_there = false;
  EXPECT_THROW(run_task(pool.run_beside([&] { ended_there = true; },
                                        [] { throw std::runtime_error("here"); })),
               std::runtime_error);
  EXPECT_TRUE(ended_there);
  bool ended_here = false;
  EXPECT_THROW(run_task(pool.run_beside([] { throw std::runtime_error("there"); },
                                        [&] { ended_here = true; })),
               std::runtime_error);
  EXPECT_TRUE(ended_here);
}

}  // namespace
}  // namespace fabrik::net
