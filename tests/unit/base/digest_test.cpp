#include "base/digest.hpp"

#include <gtest/gtest.h>

namespace fabrik {
namespace {

constexpr auto kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, MatchesThePublishedVectors) {
  EXPECT_EQ(sha256(as_bytes("abc")).hex(), kAbc);
  EXPECT_EQ(sha256({}).hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, IsTheSameHoweverTheBytesArrive) {
  Hasher hasher;
  hasher.update(as_bytes("a"));
  hasher.update({});
  hasher.update(as_bytes("bc"));
  EXPECT_EQ(hasher.finish().hex(), kAbc);
}

TEST(Digest, ReadsItsOwnHexInEitherCase) {
  std::string upper = kAbc;
  for (char& c : upper) {
    c = static_cast<char>(std::toupper(c));
  }
  EXPECT_EQ(*Digest::from_hex(kAbc), sha256(as_bytes("abc")));
  EXPECT_EQ(*Digest::from_hex(upper), sha256(as_bytes("abc")));
}

TEST(Digest, RefusesAnythingThatIsNotSixtyFourHexDigits) {
  const std::string good = kAbc;
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "0", "g" + good.substr(1), " " + good.substr(1)}) {
    EXPECT_EQ(Digest::from_hex(bad).error().code, Errc::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace fabrik
