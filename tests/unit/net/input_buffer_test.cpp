#include "net/input_buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fabrik::net {
namespace {

// Puts as much of `text` in as fits under `limit`; returns how much that was.
std::size_t put(InputBuffer& buffer, std::string_view text, std::size_t limit) {
  const std::span<char> space = buffer.space(limit);
  const std::size_t count = std::min(space.size(), text.size());
  std::copy_n(text.begin(), count, space.begin());
  buffer.filled(count);
  return count;
}

TEST(InputBuffer, KeepsUnreadBytesWhileItGrows) {
  InputBuffer buffer;
  std::string expected;
  while (expected.size() < 20'000) {
    const std::string more(1000, static_cast<char>('a' + expected.size() % 26));
    const std::size_t taken = put(buffer, more, 64 * 1024);
    expected += more.substr(0, taken);
  }
  EXPECT_EQ(buffer.unread(), expected);
}

TEST(InputBuffer, NeverHoldsMoreThanTheLimit) {
  InputBuffer buffer;
  std::size_t held = 0;
  while (const std::size_t taken = put(buffer, std::string(3000, 'x'), 10'000)) {
    held += taken;
  }
  EXPECT_EQ(held, 10'000U);
}

TEST(InputBuffer, MakesRoomForWhatWasConsumed) {
  InputBuffer buffer;
  put(buffer, "first,second", 16);
  buffer.consume(6);
  EXPECT_EQ(buffer.unread(), "second");
  EXPECT_EQ(put(buffer, ",0123456789", 16), 10U);
  EXPECT_EQ(buffer.unread(), "second,012345678");
}

TEST(InputBuffer, ShrinkKeepsUnreadBytes) {
  InputBuffer buffer;
  for (int i = 0; i < 4; ++i) {
    put(buffer, std::string(4000, 'x'), 64 * 1024);
  }
  const std::size_t before = buffer.unread().size();
  buffer.shrink();
  EXPECT_EQ(buffer.unread().size(), before);
  buffer.consume(before);
  buffer.shrink();
  EXPECT_TRUE(buffer.unread().empty());
  EXPECT_EQ(put(buffer, "again", 64), 5U);
  EXPECT_EQ(buffer.unread(), "again");
}

}  // namespace
}  // namespace fabrik::net
