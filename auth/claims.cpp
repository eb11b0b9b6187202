#include "auth/claims.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace fabrik::auth {
namespace {

using nlohmann::json;
using std::chrono::system_clock;

constexpr std::size_t kLongestName = 256;
// The year 9999: later ones do not fit into the clock.
constexpr double kLatest = 253402300799.0;

std::unexpected<Error> refused(const std::string& why) {
  return fail(Errc::unauthenticated, "the token is not valid: " + why);
}

// Fit for logs and keys.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

Result<std::optional<std::string>> text_of(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) {
    return std::nullopt;
  }
  if (!found->is_string() || !is_name(found->get<std::string>())) {
    return refused(std::string("its claim ") + name + " is no name");
  }
  return found->get<std::string>();
}

Result<std::optional<system_clock::time_point>> time_of(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) {
    return std::nullopt;
  }
  const double seconds = found->is_number() ? found->get<double>() : -1;
  if (!(seconds >= 0 && seconds <= kLatest)) {
    return refused(std::string("its claim ") + name + " is no time");
  }
  return system_clock::time_point(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

Result<void> check_issuer(const json& claims, const ClaimRules& rules) {
  const auto issuer = claims.find("iss");
  if (!rules.issuer.empty() && (issuer == claims.end() || *issuer != rules.issuer)) {
    return refused("it comes from another issuer");
  }
  if (rules.audience.empty()) {
    return {};
  }
  const auto audience = claims.find("aud");
  const bool named = audience != claims.end() &&
                     (*audience == rules.audience ||
                      (audience->is_array() &&
                       std::ranges::find(*audience, json(rules.audience)) != audience->end()));
  return named ? Result<void>() : refused("it is meant for another audience");
}

void add_scope(net::Scopes& scopes, std::string_view word) {
  for (const net::Scope scope : {net::Scope::read, net::Scope::write, net::Scope::admin}) {
    if (word == net::name(scope)) {
      scopes.add(scope);
    }
  }
}

Result<net::Scopes> scopes_of(const json& claims) {
  net::Scopes scopes;
  if (const auto permissions = claims.find("permissions"); permissions != claims.end()) {
    if (!permissions->is_array()) {
      return refused("its claim permissions is no list");
    }
    for (const json& one : *permissions) {
      if (!one.is_string()) {
        return refused("its claim permissions is no list of names");
      }
      add_scope(scopes, one.get<std::string>());
    }
  }
  if (const auto scope = claims.find("scope"); scope != claims.end()) {
    if (!scope->is_string()) {
      return refused("its claim scope is no text");
    }
    const auto words = scope->get<std::string>();
    for (std::size_t from = 0; from <= words.size();) {
      const auto end = std::min(words.find(' ', from), words.size());
      add_scope(scopes, std::string_view(words).substr(from, end - from));
      from = end + 1;
    }
  }
  return scopes;
}

Result<net::Tier> tier_of(const json& claims) {
  constexpr std::array<std::pair<std::string_view, net::Tier>, 5> kTiers{
      {{"developer", net::Tier::developer},
       {"fork", net::Tier::fork},
       {"branch", net::Tier::branch},
       {"main", net::Tier::main},
       {"release", net::Tier::release}}};
  FABRIK_TRY(const auto said, text_of(claims, "tier"));
  for (const auto& [name, tier] : kTiers) {
    if (said == name) {
      return tier;
    }
  }
  return said ? Result<net::Tier>(refused("its claim tier names none")) : net::Tier::developer;
}

}  // namespace

Result<Claims> parse_claims(std::string_view payload, const ClaimRules& rules) {
  const json json_claims = json::parse(payload, nullptr, false);
  if (!json_claims.is_object()) {
    return refused("its claims are no JSON object");
  }
  FABRIK_CHECK(check_issuer(json_claims, rules));
  FABRIK_TRY(const auto subject, text_of(json_claims, "sub"));
  FABRIK_TRY(const auto issued, time_of(json_claims, "iat"));
  FABRIK_TRY(const auto expires, time_of(json_claims, "exp"));
  FABRIK_TRY(const auto not_before, time_of(json_claims, "nbf"));
  if (!subject || !issued || !expires) {
    return refused("one of the claims sub, iat and exp is missing");
  }
  if (*expires - *issued > rules.longest_life) {
    return refused("it is good for longer than any token may be");
  }
  Claims claims;
  claims.caller.subject = *subject;
  FABRIK_TRY(claims.caller.scopes, scopes_of(json_claims));
  FABRIK_TRY(claims.caller.tier, tier_of(json_claims));
  FABRIK_TRY(const auto ns, text_of(json_claims, "ns"));
  FABRIK_TRY(const auto project, text_of(json_claims, "project_id"));
  claims.caller.ns = ns.value_or(project.value_or(""));
  claims.not_before = std::max(*issued, not_before.value_or(*issued));
  claims.expires = *expires;
  return claims;
}

Result<void> check_time(const Claims& claims, const ClaimRules& rules,
                        system_clock::time_point now) {
  if (now >= claims.expires + rules.leeway) {
    return refused("it has expired");
  }
  return now + rules.leeway < claims.not_before ? refused("it is not good yet") : Result<void>();
}

}  // namespace fabrik::auth
