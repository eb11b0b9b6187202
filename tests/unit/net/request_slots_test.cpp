#include "net/request_slots.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <vector>

namespace fabrik::net {
namespace {

Task<void> take(RequestSlots& slots, boost::asio::any_io_executor executor, int number,
                std::vector<int>& order) {
  const bool served = co_await slots.acquire(executor, std::chrono::hours(1));
  order.push_back(served ? number : -number);
}

constexpr auto kAtOnce = std::chrono::milliseconds(0);

TEST(RequestSlots, MakeTheOthersWaitInOrder) {
  boost::asio::io_context loop;
  RequestSlots slots(2);
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) {
    boost::asio::co_spawn(loop, take(slots, loop.get_executor(), i, order), boost::asio::detached);
  }
  loop.poll();
  EXPECT_EQ(order, (std::vector{0, 1}));
  slots.release();
  loop.poll();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
  slots.release();
  loop.poll();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
}

TEST(RequestSlots, AReleasedSlotIsFree) {
  boost::asio::io_context loop;
  RequestSlots slots(1);
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    boost::asio::co_spawn(loop, take(slots, loop.get_executor(), i, order), boost::asio::detached);
    loop.restart();
    loop.poll();
    slots.release();
  }
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
}

TEST(RequestSlots, TellWhoWaitedTooLongAndKeepThePlaceForTheNext) {
  boost::asio::io_context loop;
  RequestSlots slots(1);
  std::vector<bool> served;
  const auto ask = [&](std::chrono::milliseconds patience) -> Task<void> {
    served.push_back(co_await slots.acquire(loop.get_executor(), patience));
  };
  boost::asio::co_spawn(loop, ask(kAtOnce), boost::asio::detached);
  boost::asio::co_spawn(loop, ask(kAtOnce), boost::asio::detached);
  loop.run();
  EXPECT_EQ(served, (std::vector{true, false}));
  slots.release();
  boost::asio::co_spawn(loop, ask(kAtOnce), boost::asio::detached);
  loop.restart();
  loop.run();
  EXPECT_EQ(served, (std::vector{true, false, true}));
}

TEST(RequestSlots, TellEveryoneWhoWaitsThatTheServerIsGoing) {
  boost::asio::io_context loop;
  RequestSlots slots(1);
  std::vector<int> order;
  for (int i = 1; i < 4; ++i) {
    boost::asio::co_spawn(loop, take(slots, loop.get_executor(), i, order), boost::asio::detached);
  }
  loop.poll();
  slots.stop_waiting();
  loop.poll();
  EXPECT_EQ(order, (std::vector{1, -2, -3}));
}

}  // namespace
}  // namespace fabrik::net
