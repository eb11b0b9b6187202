#include "cli/progress.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace fabrik::cli {
namespace {

TEST(Progress, DrawsABar) {
  EXPECT_EQ(progress_bar(0, 100), "[--------------------]   0%");
  EXPECT_EQ(progress_bar(25, 100), "[#####---------------]  25%");
  EXPECT_EQ(progress_bar(100, 100), "[####################] 100%");
  EXPECT_EQ(progress_bar(300, 100), "[####################] 100%") << "more came than was known of";
}

TEST(Progress, IsTakenAwayAgain) {
  std::ostringstream out;
  {
    Progress progress(out, true, "verifying");
    progress.show(1, 2, "1 MB");
    EXPECT_EQ(out.str(), "\r\033[Kverifying [##########----------]  50%  1 MB");
  }
  EXPECT_TRUE(out.str().ends_with("\r\033[K"));
}

TEST(Progress, IsOnlyForPeople) {
  std::ostringstream out;
  {
    Progress progress(out, false, "verifying");
    progress.show(1, 2, "1 MB");
  }
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace fabrik::cli
