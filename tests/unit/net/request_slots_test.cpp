#include "net/request_slots.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

namespace fabrik::net {
namespace {

Task<void> take(RequestSlots& slots, boost::asio::any_io_executor executor, int number,
                std::vector<int>& order) {
  co_await slots.acquire(executor);
  order.push_back(number);
}

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

}  // namespace
}  // namespace fabrik::net
