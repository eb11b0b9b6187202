#include "net/access_token.hpp"

#include <gtest/gtest.h>

namespace fabrik::net {
namespace {

constexpr std::string_view kToken = "00112233445566778899aabbccddeeff";
// base64("fabrik:" + token), base64("fabrik:" + token + "x"), base64(token).
constexpr const char* kBasic = "Basic ZmFicmlrOjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZm";
constexpr const char* kLonger = "Basic ZmFicmlrOjAwMTEyMjMzNDQ1NTY2Nzc4ODk5YWFiYmNjZGRlZWZmeA==";
constexpr const char* kNoUser = "Basic MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY=";

bool with(std::vector<std::string> values) {
  Headers headers;
  for (std::string& value : values) {
    headers.add("Authorization", std::move(value));
  }
  return presents_token(headers, kToken);
}

TEST(AccessToken, IsTakenFromTheChannelOfEachProtocol) {
  EXPECT_TRUE(with({"Bearer " + std::string(kToken)}));
  EXPECT_TRUE(with({"bearer   " + std::string(kToken) + " "}));
  EXPECT_TRUE(with({kBasic}));
  EXPECT_TRUE(with({"AWS4-HMAC-SHA256 Credential=" + std::string(kToken) +
                    "/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00"}));
}

TEST(AccessToken, IsWhatItIsToTheLastByte) {
  EXPECT_FALSE(with({}));
  EXPECT_FALSE(with({""}));
  EXPECT_FALSE(with({std::string(kToken)}));
  EXPECT_FALSE(with({"Bearer"}));
  EXPECT_FALSE(with({"Bearer "}));
  EXPECT_FALSE(with({"Bearer " + std::string(kToken) + "0"}));
  EXPECT_FALSE(with({"Bearer " + std::string(kToken.substr(1))}));
  EXPECT_FALSE(with({"Bearer 10112233445566778899aabbccddeeff"}));
  EXPECT_FALSE(with({"Bearer fabrik-local"}));
  EXPECT_FALSE(with({kLonger}));
  EXPECT_FALSE(with({kNoUser}));
  EXPECT_FALSE(with({"Basic ***"}));
  EXPECT_FALSE(with({"Digest " + std::string(kToken)}));
  EXPECT_FALSE(with({"AWS4-HMAC-SHA256 Signature=" + std::string(kToken)}));
  EXPECT_FALSE(with({"AWS4-HMAC-SHA256 Credential=other/x, Token=" + std::string(kToken)}));
}

TEST(AccessToken, IsNotTakenFromTwoHeaders) {
  const std::string good = "Bearer " + std::string(kToken);
  EXPECT_FALSE(with({good, good}));
  EXPECT_FALSE(with({good, "Bearer other"}));
}

TEST(AccessToken, AnEmptyOneLetsNobodyIn) {
  Headers headers;
  headers.add("Authorization", "Bearer ");
  EXPECT_FALSE(presents_token(headers, ""));
}

}  // namespace
}  // namespace fabrik::net
