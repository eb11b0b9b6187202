#include "auth/token_verifier.hpp"

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "auth/jws.hpp"
#include "base/digest.hpp"
#include "net/access_token.hpp"

namespace fabrik::auth {
namespace {

// Enough for every client of a large server; then all are checked once more.
constexpr std::size_t kRemembered = 4096;

enum class Finding { good, wrong, unknown_key };

Finding check_signature(const Jws& jws, const KeySet& keys) {
  const VerificationKey* key = keys.find(jws.key_id);
  if (key == nullptr) {
    return Finding::unknown_key;
  }
  if (jws.algorithm != key->algorithm()) {
    return Finding::wrong;
  }
  if (key->verify(jws.signed_text, as_bytes(jws.signature))) {
    return Finding::good;
  }
  // A key without an id may have been replaced by another.
  return keys.nameless() ? Finding::unknown_key : Finding::wrong;
}

}  // namespace

struct TokenVerifier::Impl {
  Impl(std::unique_ptr<KeyRing> ring, ClaimRules wanted, const Clock& used)
      : keys(std::move(ring)), rules(std::move(wanted)), clock(used) {}

  struct Known {
    Claims claims;
    std::uint64_t generation = 0;  // of the keys
  };

  Result<net::Caller> recall(const Digest& token, std::uint64_t generation) {
    const std::lock_guard lock(mutex);
    const auto found = known.find(token);
    if (found == known.end() || found->second.generation != generation) {
      return fail(Errc::not_found, "not checked yet");
    }
    FABRIK_CHECK(check_time(found->second.claims, rules, clock.now()));
    ++remembered;
    return found->second.claims.caller;
  }

  void remember(const Digest& token, const Claims& claims, std::uint64_t generation) {
    const std::lock_guard lock(mutex);
    if (known.size() >= kRemembered) {
      known.clear();
    }
    known.insert_or_assign(token, Known{claims, generation});
  }

  net::Task<Result<net::Caller>> check(std::string_view token);

  std::unique_ptr<KeyRing> keys;
  const ClaimRules rules;
  const Clock& clock;
  std::atomic<std::uint64_t> checked{0};
  std::atomic<std::uint64_t> refused{0};

  std::mutex mutex;  // guards what follows
  std::uint64_t remembered = 0;
  std::unordered_map<Digest, Known> known;
};

net::Task<Result<net::Caller>> TokenVerifier::Impl::check(std::string_view token) {
  KeyRing::Keys with = keys->current();
  if (!with.set) {
    co_await keys->refresh();
    with = keys->current();
  }
  if (!with.set) {
    co_return fail(Errc::unavailable, "the keys that sign tokens cannot be had; try again later");
  }
  if (token.size() > kLargestToken) {
    co_return fail(Errc::unauthenticated, "the token is not valid: it is larger than 8 KiB");
  }
  const Digest hash = sha256(as_bytes(token));
  auto recalled = recall(hash, with.generation);
  if (recalled || recalled.error().code != Errc::not_found) {
    co_return recalled;
  }
  FABRIK_CO_TRY(const Jws jws, parse_jws(token));
  ++checked;
  Finding finding = check_signature(jws, *with.set);
  if (finding == Finding::unknown_key && co_await keys->refresh()) {
    with = keys->current();
    finding = with.set ? check_signature(jws, *with.set) : finding;
  }
  if (finding != Finding::good) {
    co_return fail(Errc::unauthenticated, "the token is not valid: no known key has signed it");
  }
  FABRIK_CO_TRY(const Claims claims, parse_claims(jws.payload, rules));
  FABRIK_CO_CHECK(check_time(claims, rules, clock.now()));
  remember(hash, claims, with.generation);
  co_return claims.caller;
}

TokenVerifier::TokenVerifier(std::unique_ptr<KeyRing> keys, ClaimRules rules, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(keys), std::move(rules), clock)) {}

TokenVerifier::~TokenVerifier() = default;

net::Task<Result<net::Caller>> TokenVerifier::authenticate(std::string_view authorization) {
  const std::string token = net::presented_token(authorization);
  co_return co_await verify(token);
}

net::Task<Result<net::Caller>> TokenVerifier::verify(std::string_view token) {
  if (token.empty()) {
    ++impl_->refused;
    co_return fail(Errc::unauthenticated, "a token is needed, and none was sent");
  }
  auto caller = co_await impl_->check(token);
  if (!caller) {
    ++impl_->refused;
  }
  co_return caller;
}

VerifierStats TokenVerifier::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return {.checked = impl_->checked.load(),
          .remembered = impl_->remembered,
          .refused = impl_->refused.load()};
}

}  // namespace fabrik::auth
