#include <gtest/gtest.h>

#include <thread>

#include "auth/base64url.hpp"
#include "auth/key_ring.hpp"
#include "auth/key_set.hpp"
#include "base/fs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/token_issuer.hpp"

namespace fabrik::auth {
namespace {

using testing::TokenIssuer;
using Kind = TokenIssuer::Kind;

std::string decoded(std::string_view text) {
  return decode_base64url(text).value();
}

TEST(Base64Url, HasOneSpellingForEachText) {
  for (const char* text : {"", "f", "fo", "foo", "\xff\xfe\xfd", "any text at all"}) {
    EXPECT_EQ(decode_base64url(encode_base64url(text)), text);
  }
  EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
  for (const char* wrong : {"Zg==", "Z", "Zh", "Zm9=", "Zg ", "Zm+v", "Zm/v", "Zg!!", "Z\ng"}) {
    EXPECT_FALSE(decode_base64url(wrong)) << wrong;
  }
}

// RFC 7515 A.2 and A.3: signatures that somebody else has made.
TEST(VerificationKey, KnowsThePublishedExamples) {
  constexpr std::string_view kPayload =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const auto rsa = VerificationKey::from_rsa(
      as_bytes(
          decoded("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"
                  "4qPCJrcS2mJPMEzP1Pt0"
                  "Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"
                  "bSf63kpaSHSXnd"
                  "S5z5rexMdbBYUsLA9e-KXBdQOS-"
                  "UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5Ihl"
                  "JH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ")),
      as_bytes(decoded("AQAB")));
  ASSERT_TRUE(rsa) << rsa.error().message;
  EXPECT_EQ(rsa->algorithm(), "RS256");
  const std::string rsa_signature = decoded(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5j"
      "ujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
      "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L0"
      "7Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
      "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUip"
      "UTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
  const std::string rsa_text = "eyJhbGciOiJSUzI1NiJ9." + std::string(kPayload);
  EXPECT_TRUE(rsa->verify(rsa_text, as_bytes(rsa_signature)));
  EXPECT_FALSE(rsa->verify(rsa_text + "x", as_bytes(rsa_signature)));

  const auto curve =
      VerificationKey::from_p256(as_bytes(decoded("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")),
                                 as_bytes(decoded("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
  ASSERT_TRUE(curve) << curve.error().message;
  EXPECT_EQ(curve->algorithm(), "ES256");
  const std::string curve_signature = decoded(
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  const std::string curve_text = "eyJhbGciOiJFUzI1NiJ9." + std::string(kPayload);
  EXPECT_TRUE(curve->verify(curve_text, as_bytes(curve_signature)));
  EXPECT_FALSE(curve->verify(curve_text, as_bytes(curve_signature.substr(1))));
  EXPECT_FALSE(curve->verify(curve_text, as_bytes(std::string(64, '\0'))));
}

TEST(VerificationKey, IsLargeEnoughAndOfAKindWeUnderstand) {
  EXPECT_TRUE(VerificationKey::from_pem(TokenIssuer(Kind::rsa).public_pem()));
  EXPECT_TRUE(VerificationKey::from_pem(TokenIssuer(Kind::p256).public_pem()));
  EXPECT_FALSE(VerificationKey::from_pem(TokenIssuer(Kind::small_rsa).public_pem()));
  EXPECT_FALSE(VerificationKey::from_pem(TokenIssuer(Kind::p384).public_pem()));
  EXPECT_FALSE(VerificationKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n"));
  EXPECT_FALSE(VerificationKey::from_pem(""));
  const std::string off_curve(32, '\x01');
  EXPECT_FALSE(VerificationKey::from_p256(as_bytes(off_curve), as_bytes(off_curve)));
}

TEST(KeySet, OfADirectoryHasTheNamesOfItsFiles) {
  testing::TempDir dir;
  const TokenIssuer one(Kind::rsa);
  const TokenIssuer two(Kind::p256);
  ASSERT_TRUE(write_file_atomically(dir / "2025-01.pem", one.public_pem()));
  ASSERT_TRUE(write_file_atomically(dir / "2025-02.pem", two.public_pem()));
  const auto set = KeySet::from_path(dir.path());
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->find("2025-01")->algorithm(), "RS256");
  EXPECT_EQ(set->find("2025-02")->algorithm(), "ES256");
  EXPECT_EQ(set->find("2025-03"), nullptr);
  EXPECT_EQ(set->find(std::nullopt), nullptr) << "which of the two?";
  EXPECT_EQ(set->find("../2025-01"), nullptr);
}

TEST(KeySet, OfAFileIsOneKeyOrAJwks) {
  testing::TempDir dir;
  const TokenIssuer one(Kind::rsa);
  ASSERT_TRUE(write_file_atomically(dir / "key.pem", one.public_pem()));
  const auto single = KeySet::from_path(dir / "key.pem");
  ASSERT_TRUE(single);
  EXPECT_NE(single->find("whatever"), nullptr);
  EXPECT_NE(single->find(std::nullopt), nullptr);
  ASSERT_TRUE(write_file_atomically(dir / "keys.json", "{\"keys\":[" + one.jwk("a") + "]}"));
  const auto jwks = KeySet::from_path(dir / "keys.json");
  ASSERT_TRUE(jwks) << jwks.error().message;
  EXPECT_NE(jwks->find("a"), nullptr);
  EXPECT_NE(jwks->find(std::nullopt), nullptr);
  EXPECT_EQ(jwks->find("b"), nullptr);
  ASSERT_TRUE(write_file_atomically(dir / "two.pem", one.public_pem() + one.public_pem()));
  EXPECT_FALSE(KeySet::from_path(dir / "two.pem"));
  EXPECT_FALSE(KeySet::from_path(dir / "none.pem"));
}

TEST(KeySet, TakesOfAJwksOnlyWhatSignsTokens) {
  const TokenIssuer rsa(Kind::rsa);
  const TokenIssuer curve(Kind::p256);
  const auto set = KeySet::from_jwks(
      "{\"keys\":[" + rsa.jwk("sig", R"(,"use":"sig","alg":"RS256")") + "," +
      rsa.jwk("enc", R"(,"use":"enc")") + "," + rsa.jwk("other", R"(,"alg":"RS512")") + "," +
      rsa.jwk("ops", R"(,"key_ops":["encrypt"])") + "," + rsa.jwk("confused", R"(,"alg":"HS256")") +
      "," + curve.jwk("curve") + "," + TokenIssuer(Kind::small_rsa).jwk("small") +
      R"(,{"kid":"secret","kty":"oct","k":"AAAA"},{"kid":"x","kty":"OKP"},7])"
      "}");
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->size(), 2U);
  EXPECT_NE(set->find("sig"), nullptr);
  EXPECT_NE(set->find("curve"), nullptr);
  EXPECT_FALSE(KeySet::from_jwks("{\"keys\":[" + rsa.jwk("a") + "," + curve.jwk("a") + "]}"));
  for (const char* wrong : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", "{\"keys\":[{"}) {
    EXPECT_FALSE(KeySet::from_jwks(wrong)) << wrong;
  }
}

struct Ring {
  explicit Ring(KeyRingOptions options = {})
      : ring(
            [this]() -> Result<KeySet> {
              ++fetches;
              if (down) {
                return fail(Errc::unavailable, "down");
              }
              return KeySet::of_one(*VerificationKey::from_pem(pem));
            },
            options, clock, *log) {}

  testing::FakeClock clock;
  std::unique_ptr<Log> log = null_log();
  std::string pem = TokenIssuer(Kind::p256).public_pem();
  std::atomic<bool> down{false};
  std::atomic<int> fetches{0};
  KeyRing ring;
};

TEST(KeyRing, FetchesAgainOnDemandButNotForEverybody) {
  Ring test;
  ASSERT_TRUE(test.ring.fetch_now());
  EXPECT_EQ(test.fetches, 1);
  EXPECT_FALSE(testing::run_task(test.ring.refresh())) << "a moment ago";
  EXPECT_EQ(test.fetches, 1);
  test.clock.advance(std::chrono::seconds(31));
  EXPECT_TRUE(testing::run_task(test.ring.refresh()));
  EXPECT_FALSE(testing::run_task(test.ring.refresh()));
  EXPECT_EQ(test.fetches, 2);
}

TEST(KeyRing, KeepsTheLastKeysThroughAnOutageButNotForEver) {
  Ring test;
  ASSERT_TRUE(test.ring.fetch_now());
  test.down = true;
  test.clock.advance(std::chrono::hours(23));
  EXPECT_FALSE(testing::run_task(test.ring.refresh()));
  EXPECT_EQ(test.fetches, 2);
  EXPECT_TRUE(test.ring.current().set);
  test.clock.advance(std::chrono::hours(2));
  EXPECT_FALSE(test.ring.current().set);
  test.down = false;
  test.clock.advance(std::chrono::minutes(6));
  while (!test.ring.current().set) {  // it has asked for a fetch
    std::this_thread::yield();
  }
  EXPECT_TRUE(test.ring.current().set);
}

TEST(KeyRing, StartsToFetchWhenTheKeysAreOldAndAnswersAtOnce) {
  Ring test;
  ASSERT_TRUE(test.ring.fetch_now());
  EXPECT_TRUE(test.ring.current().set);
  test.clock.advance(std::chrono::minutes(5));
  const auto before = test.ring.current().generation;
  while (test.ring.current().generation == before) {
    std::this_thread::yield();
  }
  EXPECT_EQ(test.fetches, 2);
}

TEST(KeyRing, SaysWhyTheFirstFetchFailed) {
  Ring test;
  test.down = true;
  const auto fetched = test.ring.fetch_now();
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().message, "down");
  EXPECT_FALSE(test.ring.current().set);
}

}  // namespace
}  // namespace fabrik::auth
