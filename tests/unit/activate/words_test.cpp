#include "activate/words.hpp"

#include <gtest/gtest.h>

namespace fabrik::activate {
namespace {

TEST(Words, TakesAWordOutWithOneBlank) {
  EXPECT_EQ(without_word("-Da -Dx=1 -Db", "-Dx="), "-Da -Db");
  EXPECT_EQ(without_word("-Dx=1 -Db", "-Dx="), "-Db");
  EXPECT_EQ(without_word("-Da -Dx=1", "-Dx="), "-Da");
  EXPECT_EQ(without_word("-Dx=1", "-Dx="), "");
}

TEST(Words, KeepsOtherBlanksAsTheyAre) {
  EXPECT_EQ(without_word("  -Da   -Dx=1  -Db ", "-Dx="), "  -Da    -Db ");
}

TEST(Words, TakesEveryOccurrence) {
  EXPECT_EQ(without_word("-Dx=1 -Dx=2 a -Dx=3", "-Dx="), "a");
}

TEST(Words, LooksAtStartsOfWordsOnly) {
  EXPECT_EQ(without_word("a-Dx=1", "-Dx="), "a-Dx=1");
  EXPECT_FALSE(has_word("a-Dx=1", "-Dx="));
  EXPECT_TRUE(has_word("a-Dx=1\t-Dx=", "-Dx="));
}

}  // namespace
}  // namespace fabrik::activate
