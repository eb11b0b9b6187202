// The examples of the Amazon S3 API Reference, "Authenticating Requests".
#include "auth/sigv4.hpp"

#include <gtest/gtest.h>

#include "auth/hmac.hpp"
#include "auth/sigv4_stream.hpp"

namespace fabrik::auth {
namespace {

constexpr std::string_view kTime = "20130524T000000Z";
constexpr std::string_view kOfNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const Credentials kCredentials{.access_key = "AKIAIOSFODNN7EXAMPLE",
                               .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
const SigV4Scope kScope{.date = "20130524", .region = "us-east-1", .service = "s3"};

std::string signature_of(const SigV4Request& request) {
  const auto canonical = canonical_request(request);
  return canonical ? sigv4_signature(signing_key(kCredentials.secret_key, kScope),
                                     string_to_sign(kTime, kScope, *canonical))
                   : "malformed";
}

SigV4Fields fields(SigV4Fields more, std::string_view hash = kOfNothing) {
  more.emplace_back("x-amz-content-sha256", hash);
  more.emplace_back("x-amz-date", kTime);
  return more;
}

TEST(SigV4, SignsThePublishedGetObject) {
  const SigV4Request request{
      .method = "GET",
      .path = "/test.txt",
      .query = "",
      .headers = fields({{"host", "examplebucket.s3.amazonaws.com"}, {"range", "bytes=0-9"}}),
      .payload_hash = kOfNothing};
  EXPECT_EQ(signature_of(request),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  const auto header = sign_request(request, kCredentials, kScope, kTime);
  ASSERT_TRUE(header);
  EXPECT_EQ(*header,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, SignsThePublishedPutObject) {
  const std::string hash = sha256(as_bytes("Welcome to Amazon S3.")).hex();
  SigV4Fields headers = fields(
      {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"host", "examplebucket.s3.amazonaws.com"}},
      hash);
  headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  for (const char* path : {"/test$file.text", "/test%24file.text"}) {
    EXPECT_EQ(
        signature_of(
            {.method = "PUT", .path = path, .query = "", .headers = headers, .payload_hash = hash}),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  }
}

TEST(SigV4, SignsThePublishedQueries) {
  const SigV4Fields headers = fields({{"host", "examplebucket.s3.amazonaws.com"}});
  const auto signed_query = [&](std::string_view query) {
    return signature_of({.method = "GET",
                         .path = "/",
                         .query = query,
                         .headers = headers,
                         .payload_hash = kOfNothing});
  };
  EXPECT_EQ(signed_query("lifecycle"),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signed_query("max-keys=2&prefix=J"),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  EXPECT_EQ(signed_query("prefix=J&max-keys=2"), signed_query("max-keys=2&prefix=J"));
}

TEST(SigV4, ChainsThePublishedChunks) {
  SigV4Chain chain({.payload_hash = "",
                    .time = std::string(kTime),
                    .scope = kScope.text(),
                    .signature = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
                    .key = signing_key(kCredentials.secret_key, kScope)});
  EXPECT_TRUE(
      chain.accepts_chunk(sha256(as_bytes(std::string(65536, 'a'))),
                          "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"));
  EXPECT_TRUE(
      chain.accepts_chunk(sha256(as_bytes(std::string(1024, 'a'))),
                          "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"));
  EXPECT_TRUE(chain.accepts_chunk(
      sha256({}), "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"));
  EXPECT_FALSE(chain.accepts_chunk(
      sha256({}), "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"));
}

TEST(SigV4, EncodesEverythingButTheUnreservedCharacters) {
  EXPECT_EQ(sigv4_encode("aZ09-._~", false), "aZ09-._~");
  EXPECT_EQ(sigv4_encode("a b/+\xc3\xa4", false), "a%20b%2F%2B%C3%A4");
  EXPECT_EQ(sigv4_encode("a b/+", true), "a%20b/%2B");
}

TEST(SigV4, ValuesCountWithoutTheirBlanksAround) {
  const auto with = [](std::string value) {
    return canonical_request({.method = "GET",
                              .path = "/",
                              .query = "",
                              .headers = {{"host", "h"}, {"x-a", std::move(value)}},
                              .payload_hash = kOfNothing});
  };
  EXPECT_EQ(with("  a   b "), with("a b"));
  EXPECT_NE(with("ab"), with("a b"));
}

TEST(SigV4, AMalformedPathCannotBeSigned) {
  EXPECT_FALSE(sign_request(
      {.method = "GET", .path = "/%zz", .query = "", .headers = {}, .payload_hash = kOfNothing},
      kCredentials, kScope, kTime));
}

// RFC 4231, test cases 1 and 2.
TEST(Hmac, MatchesThePublishedVectors) {
  EXPECT_EQ(hmac_sha256(as_bytes(std::string(20, '\x0b')), "Hi There").hex(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_sha256(as_bytes("Jefe"), "what do ya want for nothing?").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hmac, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

}  // namespace
}  // namespace fabrik::auth
