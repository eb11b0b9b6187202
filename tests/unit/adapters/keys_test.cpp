#include "adapters/shared/keys.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fabrik::adapters {
namespace {

TEST(Keys, WordKeysAreLettersDigitsDashAndUnderscore) {
  EXPECT_TRUE(is_word_key("18446744073709551615"));
  EXPECT_TRUE(is_word_key("aZ0_-"));
  EXPECT_TRUE(is_word_key(std::string(128, 'a')));
  for (const std::string& bad :
       {std::string(), std::string(129, 'a'), std::string("a.b"), std::string("a/b"),
        std::string("a%2e"), std::string("a\0b", 3), std::string("\xc3\xa4")}) {
    EXPECT_FALSE(is_word_key(bad)) << bad;
  }
}

TEST(Keys, FileKeysMayHaveDotsButNotAtTheStart) {
  EXPECT_TRUE(is_file_key("a.b-c_d"));
  for (const char* bad : {"", ".", "..", ".hidden", "a/b", "a%2eb", "a b"}) {
    EXPECT_FALSE(is_file_key(bad)) << bad;
  }
}

TEST(Keys, HexKeysHaveExactlyThatManyDigits) {
  EXPECT_TRUE(is_hex_key("0123456789abcdefABCDEF0123456789", 32));
  EXPECT_FALSE(is_hex_key("0123456789abcdefABCDEF012345678", 32));
  EXPECT_FALSE(is_hex_key("0123456789abcdefABCDEF012345678g", 32));
}

TEST(Keys, NestedKeysComeBackDecoded) {
  EXPECT_EQ(nested_key("ab/cdef"), "ab/cdef");
  EXPECT_EQ(nested_key("a%62"), "ab");
  EXPECT_EQ(nested_key("ac/0123@host:1"), "ac/0123@host:1");
  EXPECT_EQ(nested_key(std::string(1024, 'k')), std::string(1024, 'k'));
}

TEST(Keys, NestedKeysCannotClimbOrHide) {
  for (const std::string& bad :
       {std::string(""),       std::string("/"),          std::string("/a"),
        std::string("a/"),     std::string("a//b"),       std::string("."),
        std::string(".."),     std::string("a/../b"),     std::string("a/./b"),
        std::string("%2e%2e"), std::string("a/%2e%2E/b"), std::string("a%2f..%2fb"),
        std::string("a%00b"),  std::string("a%zz"),       std::string("a%4"),
        std::string("a\\b"),   std::string("a%5cb"),      std::string("a b"),
        std::string("a%0ab"),  std::string("%c3%a4"),     std::string(1025, 'k'),
        std::string(4096, 'k')}) {
    EXPECT_EQ(nested_key(bad), std::nullopt) << bad.substr(0, 40);
  }
}

}  // namespace
}  // namespace fabrik::adapters
