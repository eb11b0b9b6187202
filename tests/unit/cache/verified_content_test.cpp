#include <gtest/gtest.h>

#include <string>

#include "cache/blob_check.hpp"

namespace fabrik::cache {
namespace {

class VerifiedContentTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  std::string content_ = std::string(GetParam(), 'x');
  Digest digest_ = sha256(as_bytes(content_));
  VerifiedContent verified_;
};

TEST_P(VerifiedContentTest, AcceptsTheRightBytesAgainAndAgain) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(verified_.check(digest_, as_bytes(content_)));
  }
}

TEST_P(VerifiedContentTest, RefusesAnyFlippedByteHoweverOftenTheRightOnesWereSeen) {
  std::string wrong = content_;
  wrong.back() = 'y';
  EXPECT_FALSE(verified_.check(digest_, as_bytes(wrong)));
  EXPECT_TRUE(verified_.check(digest_, as_bytes(content_)));
  EXPECT_FALSE(verified_.check(digest_, as_bytes(wrong)));
  EXPECT_FALSE(verified_.check(digest_, as_bytes(wrong)));
  EXPECT_TRUE(verified_.check(digest_, as_bytes(content_)));
}

TEST_P(VerifiedContentTest, RefusesOtherLengths) {
  EXPECT_TRUE(verified_.check(digest_, as_bytes(content_)));
  EXPECT_FALSE(verified_.check(digest_, as_bytes(content_).first(GetParam() - 1)));
  EXPECT_FALSE(verified_.check(digest_, {}));
}

TEST_P(VerifiedContentTest, BytesOfOneBlobAreNotThoseOfAnother) {
  std::string other = content_;
  other.front() = 'z';
  EXPECT_TRUE(verified_.check(digest_, as_bytes(content_)));
  EXPECT_TRUE(verified_.check(sha256(as_bytes(other)), as_bytes(other)));
  EXPECT_FALSE(verified_.check(digest_, as_bytes(other)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, VerifiedContentTest, ::testing::Values(10, 4095, 4096, 65536));

}  // namespace
}  // namespace fabrik::cache
