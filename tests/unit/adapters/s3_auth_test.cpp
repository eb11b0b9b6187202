// S3 with credentials required.
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/s3/s3.hpp"
#include "auth/hmac.hpp"
#include "auth/sigv4.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::served;

// The published example of S3's API reference is of this day.
constexpr std::string_view kTime = "20130524T000000Z";
const auth::Credentials kCredentials{.access_key = "AKIAIOSFODNN7EXAMPLE",
                                     .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const auth::SigV4Scope kScope{.date = "20130524", .region = "us-east-1", .service = "s3"};

class FixedClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1369353600));
  }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
};

class S3Auth : public ::testing::Test {
 protected:
  S3Auth() {
    config_.credentials_required = true;
    config_.access_key = kCredentials.access_key;
    config_.secret_key = kCredentials.secret_key;
  }
  S3Adapter adapter() {
    return S3Adapter({.cache = parts_.cache, .content = parts_.content, .log = *parts_.log},
                     config_, clock_);
  }
  static FakeExchange sign(FakeExchange exchange, std::string_view payload,
                           const auth::Credentials& credentials = kCredentials) {
    exchange.with_header("x-amz-content-sha256", payload).with_header("x-amz-date", kTime);
    const net::Request& request = exchange.request();
    const auto header =
        auth::sign_request({.method = request.method_name,
                            .path = request.path,
                            .query = request.query,
                            .headers = {{"host", std::string(*request.headers.get("host"))},
                                        {"x-amz-content-sha256", std::string(payload)},
                                        {"x-amz-date", std::string(kTime)}},
                            .payload_hash = payload},
                           credentials, kScope, kTime);
    exchange.with_header("Authorization", *header);
    return exchange;
  }
  static std::string hash(std::string_view text) { return sha256(as_bytes(text)).hex(); }
  static std::string code(const FakeExchange& answer) {
    const std::size_t at = answer.sent().find("<Code>");
    return at == std::string::npos
               ? "(none)"
               : answer.sent().substr(at + 6, answer.sent().find("</Code>") - at - 6);
  }

  testing::AdapterParts parts_;
  FixedClock clock_;
  config::SccacheConfig config_;
};

TEST_F(S3Auth, SignedRequestsAreServed) {
  S3Adapter s3 = adapter();
  EXPECT_EQ(served(s3, sign(testing::put("/s3/b/k", "bytes"), hash("bytes"))).status(), 200u);
  EXPECT_EQ(served(s3, sign(testing::get("/s3/b/k"), hash(""))).sent(), "bytes");
  EXPECT_EQ(served(s3, sign(testing::get("/s3/b?list-type=2&prefix=k%2F"), hash(""))).status(),
            200u);
  EXPECT_EQ(served(s3, sign(testing::put("/s3/b/k", "x"), auth::kUnsignedPayload)).status(), 200u);
}

// s3cmd signs what it takes for the path behind the host "127.0.0.1:1/s3".
TEST_F(S3Auth, TheRootOfTheRoutesNeedNotBeSigned) {
  S3Adapter s3 = adapter();
  const FakeExchange short_path = sign(testing::get("/b/k"), hash(""));
  const FakeExchange sent =
      testing::get("/s3/b/k")
          .with_header("x-amz-content-sha256", hash(""))
          .with_header("x-amz-date", kTime)
          .with_header("Authorization", *short_path.request().headers.get("Authorization"));
  EXPECT_EQ(served(s3, sent).status(), 404u);
}

TEST_F(S3Auth, OthersAreToldWhy) {
  S3Adapter s3 = adapter();
  for (const char* target : {"/s3/b/k", "/s3", "/s3/b/.sccache_check", "/s3/b?acl"}) {
    const FakeExchange answer = served(s3, testing::get(target));
    EXPECT_EQ(answer.status(), 403u);
    EXPECT_EQ(code(answer), "AccessDenied");
  }
  auth::Credentials other = kCredentials;
  other.secret_key = "wrong";
  EXPECT_EQ(code(served(s3, sign(testing::get("/s3/b/k"), hash(""), other))),
            "SignatureDoesNotMatch");
  other.access_key = "unknown";
  EXPECT_EQ(code(served(s3, sign(testing::get("/s3/b/k"), hash(""), other))), "InvalidAccessKeyId");
  EXPECT_EQ(code(served(s3, testing::get("/s3/b/k").with_header("Authorization", "Bearer x"))),
            "AuthorizationHeaderMalformed");
}

TEST_F(S3Auth, AnotherBodyThanTheSignedOneStoresNothing) {
  S3Adapter s3 = adapter();
  EXPECT_EQ(code(served(s3, sign(testing::put("/s3/b/k", "forged"), hash("bytes")))),
            "XAmzContentSHA256Mismatch");
  EXPECT_EQ(served(s3, sign(testing::get("/s3/b/k"), hash(""))).status(), 404u);
}

// Each chunk signed with the chain that starts at the request's signature.
TEST_F(S3Auth, EveryChunkOfASignedStreamIsVerified) {
  S3Adapter s3 = adapter();
  constexpr std::string_view kStreaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
  const auto stream = [&](std::string_view sent, std::string_view trailer_sent) {
    FakeExchange probe = sign(testing::put("/s3/b/k", ""), kStreaming);
    std::string previous(*probe.request().headers.get("authorization"));
    previous = previous.substr(previous.rfind('=') + 1);
    const Digest key = auth::signing_key(kCredentials.secret_key, kScope);
    const auto chunk = [&](std::string_view data) {
      previous = auth::sigv4_signature(key, "AWS4-HMAC-SHA256-PAYLOAD\n" + std::string(kTime) +
                                                "\n" + kScope.text() + "\n" + previous + "\n" +
                                                hash("") + "\n" + hash(data));
      return previous;
    };
    std::string body = "5;chunk-signature=" + chunk("hello") + "\r\n" + std::string(sent) + "\r\n";
    body += "0;chunk-signature=" + chunk("") + "\r\n";
    body += "x-amz-meta-t:" + std::string(trailer_sent) + "\r\n";
    body += "x-amz-trailer-signature:" +
            auth::sigv4_signature(key, "AWS4-HMAC-SHA256-TRAILER\n" + std::string(kTime) + "\n" +
                                           kScope.text() + "\n" + previous + "\n" +
                                           hash("x-amz-meta-t:v\n")) +
            "\r\n\r\n";
    return served(s3, sign(testing::put("/s3/b/k", body), kStreaming));
  };
  EXPECT_EQ(code(stream("hellO", "v")), "SignatureDoesNotMatch");
  EXPECT_EQ(code(stream("hello", "w")), "SignatureDoesNotMatch");
  EXPECT_EQ(served(s3, sign(testing::get("/s3/b/k"), hash(""))).status(), 404u);
  EXPECT_EQ(stream("hello", "v").status(), 200u);
  EXPECT_EQ(served(s3, sign(testing::get("/s3/b/k"), hash(""))).sent(), "hello");
}

TEST_F(S3Auth, CredentialsComeFromAFile) {
  testing::TempDir dir;
  config_.access_key.clear();
  config_.secret_key.clear();
  config_.credentials_file = dir.path() / "credentials";
  std::ofstream(config_.credentials_file)
      << "access_key = " << kCredentials.access_key << "\nsecret_key = " << kCredentials.secret_key;
  S3Adapter s3 = adapter();
  EXPECT_EQ(served(s3, sign(testing::get("/s3/b/k"), hash(""))).status(), 404u);
}

TEST_F(S3Auth, WithoutCredentialsNobodyGetsIn) {
  const auto expect_closed = [this] {
    S3Adapter s3 = adapter();
    EXPECT_EQ(code(served(s3, sign(testing::get("/s3/b/k"), hash("")))), "AccessDenied");
    EXPECT_EQ(code(served(s3, testing::get("/s3/b/k"))), "AccessDenied");
  };
  config_.secret_key.clear();
  expect_closed();
  config_.credentials_file = "/nowhere/credentials";
  expect_closed();
  config_.credentials_file = "relative";
  expect_closed();
}

}  // namespace
}  // namespace fabrik::adapters
