#include "cache/key_pattern.hpp"

#include <gtest/gtest.h>

namespace fabrik::cache {
namespace {

TEST(KeyPattern, ASpaceCoversAllItsNamespaces) {
  const auto pattern = KeyPattern::parse("s3");
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->matches(Space::s3, ""));
  EXPECT_TRUE(pattern->matches(Space::s3, "team/a"));
  EXPECT_FALSE(pattern->matches(Space::gradle, ""));
  EXPECT_TRUE(pattern->matches_all_of(Space::s3));
  EXPECT_FALSE(pattern->matches_all_of(Space::oci));
}

TEST(KeyPattern, ANamespaceMayHaveWildcards) {
  const auto pattern = KeyPattern::parse("oci/team-?/app*");
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->matches(Space::oci, "team-a/app"));
  EXPECT_TRUE(pattern->matches(Space::oci, "team-b/app/web"));
  EXPECT_FALSE(pattern->matches(Space::oci, "team-a/web"));
  EXPECT_FALSE(pattern->matches(Space::s3, "team-a/app"));
  EXPECT_FALSE(pattern->matches_all_of(Space::oci));
}

TEST(KeyPattern, AStarCoversEverything) {
  const auto pattern = KeyPattern::parse("*");
  ASSERT_TRUE(pattern);
  for (const Space space : kSpaces) {
    EXPECT_TRUE(pattern->matches(space, "any"));
    EXPECT_TRUE(pattern->matches_all_of(space));
  }
}

TEST(KeyPattern, EverySpaceHasOneAndNothingElseHas) {
  for (const Space space : kSpaces) {
    const auto pattern = KeyPattern::parse(name(space));
    ASSERT_TRUE(pattern);
    EXPECT_TRUE(pattern->matches(space, ""));
    EXPECT_EQ(pattern->text(), name(space));
  }
  for (const char* bad : {"", "s4", "*/a", "S3", "/a"}) {
    EXPECT_FALSE(KeyPattern::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace fabrik::cache
