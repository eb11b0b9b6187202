#include "auth/credentials.hpp"

#include <gtest/gtest.h>

namespace fabrik::auth {
namespace {

TEST(Credentials, AreReadFromOurOwnNames) {
  const auto found = parse_credentials("# ours\n\n access_key = me \r\nsecret_key=a b=c/\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->access_key, "me");
  EXPECT_EQ(found->secret_key, "a b=c/");
}

TEST(Credentials, AreReadFromTheDefaultProfileOfAnAwsFile) {
  const auto found = parse_credentials(
      "[other]\naws_access_key_id = no\naws_secret_access_key = no\n"
      "[default]\naws_access_key_id = yes\naws_secret_access_key = s\n"
      "[third]\naws_access_key_id = no\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->access_key, "yes");
  EXPECT_EQ(found->secret_key, "s");
}

TEST(Credentials, BothAreNeededAndTheMessageQuotesNothing) {
  for (const char* text :
       {"", "access_key = hush", "secret_key = hush", "access_key=\nsecret_key=hush",
        "# access_key = a\n# secret_key = hush"}) {
    const auto found = parse_credentials(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Errc::invalid_argument);
    EXPECT_EQ(found.error().message.find("hush"), std::string::npos);
  }
}

}  // namespace
}  // namespace fabrik::auth
