// Every known way to get past a check of tokens, one row each (RFC 8725).
#include "auth/token_verifier.hpp"

#include <gtest/gtest.h>

#include "auth/base64url.hpp"
#include "auth/jws.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/token_issuer.hpp"

namespace fabrik::auth {
namespace {

using testing::TokenIssuer;
using Kind = TokenIssuer::Kind;

// The fake clock stands at 1 700 000 000.
std::string claims_with(const std::string& more,
                        const std::string& times = R"("iat":1699999990,"exp":1700003600)") {
  return R"({"iss":"https://issuer.example","aud":"fabrik","sub":"ci",)" + times +
         (more.empty() ? "" : "," + more) + "}";
}
const std::string kGood = claims_with(R"("permissions":["cache:read","cache:write"],"ns":"team")");

class Verifier : public ::testing::Test {
 protected:
  static const TokenIssuer& rsa() {
    static const TokenIssuer issuer(Kind::rsa);
    return issuer;
  }
  static const TokenIssuer& curve() {
    static const TokenIssuer issuer(Kind::p256);
    return issuer;
  }
  static const TokenIssuer& stranger() {
    static const TokenIssuer issuer(Kind::rsa);
    return issuer;
  }

  void SetUp() override {
    jwks_ = "{\"keys\":[" + rsa().jwk("r") + "," + curve().jwk("e") + "]}";
    auto ring = std::make_unique<KeyRing>(
        [this] {
          ++fetches_;
          return KeySet::from_jwks(jwks_);
        },
        KeyRingOptions{}, clock_, *log_);
    ASSERT_TRUE(ring->fetch_now());
    verifier_.emplace(std::move(ring),
                      ClaimRules{.issuer = "https://issuer.example", .audience = "fabrik"}, clock_);
  }

  Result<net::Caller> verify(const std::string& token) {
    return testing::run_task(verifier_->verify(token));
  }
  bool good(const std::string& payload) { return verify(rsa().token(payload, "r")).has_value(); }

  testing::FakeClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  std::string jwks_;
  int fetches_ = 0;
  std::optional<TokenVerifier> verifier_;
};

TEST_F(Verifier, TakesWhatTheKeysHaveSigned) {
  for (const auto& token : {rsa().token(kGood, "r"), curve().token(kGood, "e")}) {
    const auto caller = verify(token);
    ASSERT_TRUE(caller) << caller.error().message;
    EXPECT_EQ(caller->subject, "ci");
    EXPECT_EQ(caller->ns, "team");
    EXPECT_EQ(caller->scopes, (net::Scopes{net::Scope::read, net::Scope::write}));
    EXPECT_EQ(caller->tier, net::Tier::developer);
  }
}

TEST_F(Verifier, TakesTheTokenFromTheChannelOfEachProtocol) {
  const std::string token = rsa().token(kGood, "r");
  EXPECT_TRUE(testing::run_task(verifier_->authenticate("Bearer " + token)));
  EXPECT_TRUE(testing::run_task(verifier_->authenticate("AWS4-HMAC-SHA256 Credential=" + token +
                                                        "/20260101/auto/s3/aws4_request")));
  const auto none = testing::run_task(verifier_->authenticate(""));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::unauthenticated);
}

TEST_F(Verifier, RefusesEveryForgedToken) {
  const std::string token = rsa().token(kGood, "r");
  const auto dot = token.rfind('.');
  const auto first_dot = token.find('.');
  const std::string es = curve().token(kGood, "e");
  const struct {
    const char* what;
    std::string token;
  } rows[] = {
      {"no algorithm", testing::unsigned_part(R"({"alg":"none","kid":"r"})", kGood) + "."},
      {"no algorithm, with a signature", rsa().sign(R"({"alg":"none","kid":"r"})", kGood)},
      {"no algorithm, other case", rsa().sign(R"({"alg":"nOnE","kid":"r"})", kGood)},
      {"HMAC keyed with the public key",
       testing::hmac_token(R"({"alg":"HS256","kid":"r"})", kGood, rsa().public_pem())},
      {"HMAC that claims to be RSA",
       testing::hmac_token(R"({"alg":"RS256","kid":"r"})", kGood, rsa().public_pem())},
      {"RSA under the id of a curve", rsa().sign(R"({"alg":"RS256","kid":"e"})", kGood)},
      {"RSA that claims to be a curve", rsa().sign(R"({"alg":"ES256","kid":"r"})", kGood)},
      {"a curve that claims to be RSA", curve().sign(R"({"alg":"RS256","kid":"e"})", kGood)},
      {"another algorithm of the family", rsa().sign(R"({"alg":"RS512","kid":"r"})", kGood)},
      {"somebody else's key", stranger().token(kGood, "r")},
      {"a key that the token brings itself",
       stranger().sign(R"({"alg":"RS256","kid":"x","jwk":)" + stranger().jwk("x") + "}", kGood)},
      {"a place to fetch the key from",
       stranger().sign(R"({"alg":"RS256","kid":"x","jku":"http://127.0.0.1:1/k"})", kGood)},
      {"an id that is a path", stranger().token(kGood, "../../../dev/null")},
      {"an id that is a number", rsa().sign(R"({"alg":"RS256","kid":7})", kGood)},
      {"no id where there are two keys", rsa().token(kGood)},
      {"an algorithm that is a number", rsa().sign(R"({"alg":256,"kid":"r"})", kGood)},
      {"no algorithm named", rsa().sign(R"({"kid":"r"})", kGood)},
      {"extensions to be understood",
       rsa().sign(R"({"alg":"RS256","kid":"r","crit":["b64"]})", kGood)},
      {"another type of token", rsa().sign(R"({"alg":"RS256","kid":"r","typ":"dpop+jwt"})", kGood)},
      {"a header that is a list", rsa().sign(R"(["RS256"])", kGood)},
      {"a header that is no JSON", rsa().sign("RS256", kGood)},
      {"claims that are a list", rsa().token("[1]", "r")},
      {"claims that are no JSON", rsa().token("sub=ci", "r")},
      {"claims that are a text", rsa().token("\"ci\"", "r")},
      {"no signature", token.substr(0, dot + 1)},
      {"no signature and no dot", token.substr(0, dot)},
      {"half a signature", token.substr(0, dot + 100)},
      {"a longer signature", token + "AA"},
      {"signs after the signature", token + "!!"},
      {"a blank after the signature", token + " "},
      {"padding", token + "="},
      {"a fourth part", token + ".AA"},
      {"a changed claim", token.substr(0, first_dot + 5) + "A" + token.substr(first_dot + 6)},
      {"a signature of zeros", token.substr(0, dot + 1) + std::string(342, 'A')},
      {"a curve's signature of zeros", es.substr(0, es.rfind('.') + 1) + std::string(86, 'A')},
      {"nothing but dots", ".."},
      {"nothing", ""},
      {"too much", rsa().token(claims_with("\"x\":\"" + std::string(9000, 'x') + "\""), "r")},
  };
  for (const auto& row : rows) {
    const auto caller = verify(row.token);
    ASSERT_FALSE(caller) << row.what;
    EXPECT_EQ(caller.error().code, Errc::unauthenticated) << row.what;
    EXPECT_EQ(caller.error().message.find(token.substr(dot + 1, 20)), std::string::npos)
        << row.what << ": the message quotes the token";
  }
  EXPECT_EQ(verifier_->stats().refused, std::size(rows));
  EXPECT_EQ(fetches_, 1) << "strange ids fetch no keys a moment after the last time";
}

TEST_F(Verifier, ASpellingOfTheSignatureWithBitsLeftOverIsRefused) {
  std::string token = rsa().token(kGood, "r");
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  token.back() = kAlphabet[kAlphabet.find(token.back()) ^ 1U];  // 256 bytes leave 4 bits over
  EXPECT_FALSE(verify(token));
}

TEST_F(Verifier, HoldsTheClaimsToTheRules) {
  EXPECT_TRUE(good(claims_with("")));
  const struct {
    const char* what;
    std::string payload;
  } rows[] = {
      {"expired", claims_with("", R"("iat":1699990000,"exp":1699999969)")},
      {"never expires", claims_with("", R"("iat":1699999990)")},
      {"expires at a text", claims_with("", R"("iat":1699999990,"exp":"1700003600")")},
      {"expires before there was time", claims_with("", R"("iat":1699999990,"exp":-1)")},
      {"expires beyond all time", claims_with("", R"("iat":1699999990,"exp":1e300)")},
      {"expires at null", claims_with("", R"("iat":1699999990,"exp":null)")},
      {"not issued", claims_with("", R"("exp":1700003600)")},
      {"issued in the future", claims_with("", R"("iat":1700000031,"exp":1700003600)")},
      {"not good yet", claims_with("\"nbf\":1700000031")},
      {"good for a year", claims_with("", R"("iat":1699999990,"exp":1731535990)")},
      {"another issuer",
       R"({"iss":"https://other","aud":"fabrik","sub":"ci","iat":1699999990,"exp":1700003600})"},
      {"no issuer", R"({"aud":"fabrik","sub":"ci","iat":1699999990,"exp":1700003600})"},
      {"another audience",
       R"({"iss":"https://issuer.example","aud":"other","sub":"ci","iat":1699999990,"exp":1700003600})"},
      {"other audiences",
       R"({"iss":"https://issuer.example","aud":["other","fabrik2"],"sub":"ci","iat":1699999990,"exp":1700003600})"},
      {"an audience within an object",
       R"({"iss":"https://issuer.example","aud":{"fabrik":1},"sub":"ci","iat":1699999990,"exp":1700003600})"},
      {"no audience",
       R"({"iss":"https://issuer.example","sub":"ci","iat":1699999990,"exp":1700003600})"},
      {"no subject",
       R"({"iss":"https://issuer.example","aud":"fabrik","iat":1699999990,"exp":1700003600})"},
      {"a subject that breaks lines",
       R"({"iss":"https://issuer.example","aud":"fabrik","sub":"a\nb","iat":1699999990,"exp":1700003600})"},
      {"a namespace that is a list", claims_with(R"("ns":["a"])")},
      {"a namespace with a NUL", claims_with(R"("ns":"a\u0000b")")},
      {"permissions as a text", claims_with(R"("permissions":"cache:read")")},
      {"permissions of numbers", claims_with(R"("permissions":[1])")},
      {"a scope that is a list", claims_with(R"("scope":["cache:read"])")},
      {"a tier that is none", claims_with(R"("tier":"root")")},
  };
  for (const auto& row : rows) {
    EXPECT_FALSE(good(row.payload)) << row.what;
  }
}

TEST_F(Verifier, ReadsScopesNamespaceAndTier) {
  const auto caller_of = [&](const std::string& more) {
    return verify(rsa().token(claims_with(more), "r")).value();
  };
  using enum net::Scope;
  EXPECT_EQ(caller_of("").scopes, net::Scopes());
  EXPECT_EQ(caller_of(R"("scope":"openid cache:read  cache:admin")").scopes,
            (net::Scopes{read, admin}));
  EXPECT_EQ(caller_of(R"("scope":"cache:read","permissions":["cache:write","x"])").scopes,
            (net::Scopes{read, write}));
  EXPECT_EQ(caller_of(R"("scope":"cache:readx CACHE:READ cache:")").scopes, net::Scopes());
  EXPECT_EQ(caller_of(R"("project_id":"p")").ns, "p");
  EXPECT_EQ(caller_of(R"("project_id":"p","ns":"n")").ns, "n");
  EXPECT_EQ(caller_of(R"("tier":"main")").tier, net::Tier::main);
  EXPECT_TRUE(verify(rsa().token(
      R"({"iss":"https://issuer.example","aud":["a","fabrik"],"sub":"ci","iat":1699999990.5,"exp":1700003600})",
      "r")));
}

TEST_F(Verifier, ClocksMayDifferByHalfAMinute) {
  EXPECT_TRUE(good(claims_with("", R"("iat":1699990000,"exp":1699999971)")));
  EXPECT_TRUE(good(claims_with("", R"("iat":1700000029,"exp":1700003600)")));
}

TEST_F(Verifier, AKnownTokenIsNotCheckedAgainUntilItExpires) {
  const std::string token = rsa().token(kGood, "r");
  ASSERT_TRUE(verify(token));
  ASSERT_TRUE(verify(token));
  EXPECT_EQ(verifier_->stats().checked, 1U);
  EXPECT_EQ(verifier_->stats().remembered, 1U);
  clock_.jump(std::chrono::seconds(3631));
  EXPECT_FALSE(verify(token));
}

TEST_F(Verifier, ANewKeyIsFoundWithoutARestartAndAnOldOneForgotten) {
  const std::string old = rsa().token(kGood, "r");
  const std::string fresh = stranger().token(kGood, "new");
  ASSERT_TRUE(verify(old));
  EXPECT_FALSE(verify(fresh));
  jwks_ = "{\"keys\":[" + stranger().jwk("new") + "]}";
  clock_.advance(std::chrono::seconds(31));
  EXPECT_TRUE(verify(fresh));
  EXPECT_EQ(fetches_, 2);
  EXPECT_FALSE(verify(old)) << "remembered, but its key is gone";
}

}  // namespace
}  // namespace fabrik::auth
