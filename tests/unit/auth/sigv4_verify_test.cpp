#include "auth/sigv4_verify.hpp"

#include <gtest/gtest.h>

namespace fabrik::auth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// 2013-05-24 00:00:00 UTC
constexpr std::chrono::system_clock::time_point kNow{seconds(1369353600)};
constexpr std::string_view kOfNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const Credentials kCredentials{.access_key = "AKIAIOSFODNN7EXAMPLE",
                               .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};

net::Request request_for(std::string path, std::string query = "") {
  net::Request request;
  request.method = net::Method::get;
  request.method_name = "GET";
  request.path = std::move(path);
  request.query = std::move(query);
  request.headers.set("Host", "examplebucket.s3.amazonaws.com");
  return request;
}

// The published GET Object of the Amazon S3 API Reference.
net::Request published() {
  net::Request request = request_for("/test.txt");
  request.headers.set("Range", "bytes=0-9");
  request.headers.set("x-amz-content-sha256", kOfNothing);
  request.headers.set("x-amz-date", "20130524T000000Z");
  request.headers.set(
      "Authorization",
      "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
      "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
      "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  return request;
}

// The published presigned GET Object.
net::Request presigned() {
  return request_for(
      "/test.txt",
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
      "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
      "X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

void expect_denied(const net::Request& request, SigV4Denial denial,
                   std::chrono::system_clock::time_point now = kNow) {
  const auto proof = verify_sigv4(request, kCredentials, now);
  ASSERT_FALSE(proof);
  EXPECT_EQ(proof.error().denial, denial) << proof.error().message;
  EXPECT_FALSE(proof.error().message.empty());
}

void replace(net::Request& request, std::string_view header, std::string_view from,
             std::string_view to) {
  std::string value(*request.headers.get(header));
  const std::size_t at = value.find(from);
  ASSERT_NE(at, std::string::npos);
  value.replace(at, from.size(), to);
  request.headers.set(header, value);
}

TEST(SigV4Verify, AcceptsThePublishedRequests) {
  const auto proof = verify_sigv4(published(), kCredentials, kNow);
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_EQ(proof->payload_hash, kOfNothing);
  EXPECT_EQ(proof->scope, "20130524/us-east-1/s3/aws4_request");
  EXPECT_EQ(proof->time, "20130524T000000Z");
  const auto by_query = verify_sigv4(presigned(), kCredentials, kNow);
  ASSERT_TRUE(by_query) << by_query.error().message;
  EXPECT_EQ(by_query->payload_hash, kUnsignedPayload);
}

TEST(SigV4Verify, AnyChangeOfTheRequestIsNoticed) {
  net::Request other = published();
  other.path = "/test.txT";
  expect_denied(other, SigV4Denial::mismatch);
  other = published();
  other.query = "acl";
  expect_denied(other, SigV4Denial::mismatch);
  other = published();
  other.method_name = "PUT";
  expect_denied(other, SigV4Denial::mismatch);
  other = published();
  other.headers.set("Range", "bytes=0-8");
  expect_denied(other, SigV4Denial::mismatch);
  other = published();
  other.headers.set("Host", "otherbucket.s3.amazonaws.com");
  expect_denied(other, SigV4Denial::mismatch);
  other = published();
  other.headers.set("x-amz-content-sha256", kUnsignedPayload);
  expect_denied(other, SigV4Denial::mismatch);
  other = presigned();
  other.path = "/other.txt";
  expect_denied(other, SigV4Denial::mismatch);
  other = published();
  replace(other, "Authorization", "host;range;", "host;range;x-gone;");
  expect_denied(other, SigV4Denial::mismatch);
}

TEST(SigV4Verify, AnUnsignedRequestSaysThatOneIsNeeded) {
  expect_denied(request_for("/test.txt"), SigV4Denial::unsigned_request);
}

TEST(SigV4Verify, AnotherKeyIsUnknown) {
  net::Request other = published();
  replace(other, "Authorization", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF");
  expect_denied(other, SigV4Denial::unknown_key);
}

TEST(SigV4Verify, ClocksMayDifferByAQuarterOfAnHour) {
  EXPECT_TRUE(verify_sigv4(published(), kCredentials, kNow + minutes(15)));
  EXPECT_TRUE(verify_sigv4(published(), kCredentials, kNow - minutes(15)));
  expect_denied(published(), SigV4Denial::skewed_clock, kNow + minutes(15) + seconds(1));
  expect_denied(published(), SigV4Denial::skewed_clock, kNow - minutes(15) - seconds(1));
}

TEST(SigV4Verify, APresignedRequestExpires) {
  EXPECT_TRUE(verify_sigv4(presigned(), kCredentials, kNow + seconds(86400)));
  expect_denied(presigned(), SigV4Denial::expired, kNow + seconds(86401));
  expect_denied(presigned(), SigV4Denial::skewed_clock, kNow - minutes(16));
}

TEST(SigV4Verify, HeadersThatMeanSomethingMustBeSigned) {
  net::Request other = published();
  other.headers.set("x-amz-copy-source", "/other/bucket");
  expect_denied(other, SigV4Denial::unsigned_header);
  other = published();
  replace(other, "Authorization", "SignedHeaders=host;", "SignedHeaders=");
  expect_denied(other, SigV4Denial::unsigned_header);
}

TEST(SigV4Verify, WhatCannotBeReadIsMalformed) {
  for (const char* value : {"Basic abc", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ",
                            "AWS4-HMAC-SHA256 Credential=a/b", "AWS abc:def"}) {
    net::Request other = published();
    other.headers.set("Authorization", value);
    expect_denied(other, SigV4Denial::malformed);
  }
  net::Request other = published();
  replace(other, "Authorization", "/s3/", "/ec2/");
  expect_denied(other, SigV4Denial::malformed);
  other = published();
  other.headers.set("x-amz-date", "20130524");
  expect_denied(other, SigV4Denial::malformed);
  other = published();
  other.headers.set("x-amz-date", "20130525T000000Z");
  expect_denied(other, SigV4Denial::malformed);
  other = presigned();
  other.query.replace(other.query.find("86400"), 5, "864000000");
  expect_denied(other, SigV4Denial::malformed);
}

TEST(SigV4Verify, TwoSignaturesAtOnceAreRefused) {
  net::Request other = presigned();
  other.headers.set("Authorization", *published().headers.get("Authorization"));
  expect_denied(other, SigV4Denial::malformed);
}

}  // namespace
}  // namespace fabrik::auth
