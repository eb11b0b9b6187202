#include "auth/sigv4_verify.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "auth/hmac.hpp"

namespace fabrik::auth {
namespace {

using std::chrono::seconds;
using TimePoint = std::chrono::system_clock::time_point;
template <class T>
using Checked = std::expected<T, SigV4Refusal>;

constexpr std::int64_t kMaxExpiry = 7 * 24 * 3600;  // seconds, as at AWS

std::unexpected<SigV4Refusal> deny(SigV4Denial denial, std::string message) {
  return std::unexpected(SigV4Refusal{denial, std::move(message)});
}

// What the signature claims, from either form.
struct Claim {
  std::string credential;
  std::string signed_headers;
  std::string signature;
  std::string time;
  std::string payload_hash;
  std::optional<std::int64_t> expires;  // seconds; presigned only
};

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole && value >= 0 ? std::optional(value) : std::nullopt;
}

// "20130524T000000Z"
std::optional<TimePoint> parse_time(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') {
    return std::nullopt;
  }
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(4, 2));
  const auto day = number(text.substr(6, 2));
  const auto hour = number(text.substr(9, 2));
  const auto minute = number(text.substr(11, 2));
  const auto second = number(text.substr(13, 2));
  if (!year || !month || !day || !hour || !minute || !second) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         seconds(*second);
}

// "a=1, b=2" -> the value of `name`.
std::string field_of(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (item.starts_with(' ')) {
      item.remove_prefix(1);
    }
    if (item.starts_with(name) && item.substr(name.size()).starts_with('=')) {
      return std::string(item.substr(name.size() + 1));
    }
  }
  return {};
}

bool covers(std::string_view names, std::string_view name) {
  for (std::string_view rest = names; !rest.empty();) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    if (net::equal_ignoring_case(rest.substr(0, end), name)) {
      return true;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

Checked<Claim> claim_of_header(const net::Request& request, std::string_view header) {
  if (!header.starts_with(kSigV4Algorithm) || header.size() <= kSigV4Algorithm.size()) {
    return deny(SigV4Denial::malformed, "only AWS4-HMAC-SHA256 signatures are understood");
  }
  header.remove_prefix(kSigV4Algorithm.size() + 1);
  const auto time = request.headers.get("x-amz-date");
  const auto hash = request.headers.get("x-amz-content-sha256");
  if (!time || !hash) {
    return deny(SigV4Denial::malformed,
                "a signed request needs the headers x-amz-date and x-amz-content-sha256");
  }
  return Claim{.credential = field_of(header, "Credential"),
               .signed_headers = field_of(header, "SignedHeaders"),
               .signature = field_of(header, "Signature"),
               .time = std::string(*time),
               .payload_hash = std::string(*hash),
               .expires = std::nullopt};
}

Checked<Claim> claim_of_query(const net::Request& request) {
  const auto parameter = [&](std::string_view name) {
    return request.query_parameter(name).value_or("");
  };
  const auto expires = number(parameter("X-Amz-Expires"));
  if (parameter("X-Amz-Algorithm") != kSigV4Algorithm || !expires || *expires > kMaxExpiry) {
    return deny(SigV4Denial::malformed,
                "X-Amz-Algorithm must be AWS4-HMAC-SHA256 and X-Amz-Expires at most 604800");
  }
  Claim claim{.credential = parameter("X-Amz-Credential"),
              .signed_headers = parameter("X-Amz-SignedHeaders"),
              .signature = parameter("X-Amz-Signature"),
              .time = parameter("X-Amz-Date"),
              .payload_hash = std::string(kUnsignedPayload),
              .expires = *expires};
  if (const auto hash = request.headers.get("x-amz-content-sha256");
      hash && covers(claim.signed_headers, "x-amz-content-sha256")) {
    claim.payload_hash = *hash;
  }
  return claim;
}

Checked<Claim> claim_of(const net::Request& request) {
  const auto header = request.headers.get("authorization");
  const bool presigned = request.query_parameter("X-Amz-Signature").has_value();
  if (header && presigned) {
    return deny(SigV4Denial::malformed, "it is signed twice, by header and by query");
  }
  if (header) {
    return claim_of_header(request, *header);
  }
  if (presigned) {
    return claim_of_query(request);
  }
  return deny(SigV4Denial::unsigned_request, "this cache requires signed requests");
}

// "<key>/<date>/<region>/<service>/aws4_request"; a key may hold slashes itself.
Checked<SigV4Scope> scope_of(const Claim& claim, std::string_view access_key) {
  std::string_view rest = claim.credential;
  std::array<std::string_view, 4> parts;  // from the end
  for (std::string_view& part : parts) {
    const std::size_t slash = rest.rfind('/');
    if (slash == std::string_view::npos) {
      return deny(SigV4Denial::malformed,
                  "the credential must be <key>/<date>/<region>/s3/aws4_request");
    }
    part = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
  }
  if (parts[0] != "aws4_request" || parts[1] != "s3" || !claim.time.starts_with(parts[3])) {
    return deny(SigV4Denial::malformed, "the credential must be for this day and the service s3");
  }
  if (!equal_in_constant_time(rest, access_key)) {
    return deny(SigV4Denial::unknown_key, "the access key is not known here");
  }
  return SigV4Scope{.date = std::string(parts[3]),
                    .region = std::string(parts[2]),
                    .service = std::string(parts[1])};
}

Checked<void> check_time(const Claim& claim, TimePoint now) {
  const std::optional<TimePoint> time = parse_time(claim.time);
  if (!time) {
    return deny(SigV4Denial::malformed, "x-amz-date must look like 20130524T000000Z");
  }
  if (*time > now + kClockSkew || (!claim.expires && *time < now - kClockSkew)) {
    return deny(SigV4Denial::skewed_clock,
                "the request's time and this machine's differ by more than 15 minutes");
  }
  if (claim.expires && now > *time + seconds(*claim.expires)) {
    return deny(SigV4Denial::expired, "the presigned request has expired");
  }
  return {};
}

// All values of one name, as they are signed when it was sent more than once.
std::string joined(const net::Headers& headers, std::string_view name) {
  std::string value;
  for (const auto& [field, text] : headers.all()) {
    if (net::equal_ignoring_case(field, name)) {
      value += (value.empty() ? "" : ",") + text;
    }
  }
  return value;
}

Checked<SigV4Fields> signed_fields(const net::Request& request, const Claim& claim) {
  if (!covers(claim.signed_headers, "host")) {
    return deny(SigV4Denial::unsigned_header, "the header host must be signed");
  }
  for (const auto& [name, value] : request.headers.all()) {
    const bool amz = name.size() > 6 && net::equal_ignoring_case(name.substr(0, 6), "x-amz-");
    // Clients add this one to presigned requests, where it says nothing.
    const bool optional = claim.expires && net::equal_ignoring_case(name, "x-amz-content-sha256");
    if (amz && !optional && !covers(claim.signed_headers, name)) {
      return deny(SigV4Denial::unsigned_header, "the header " + name + " must be signed");
    }
  }
  SigV4Fields fields;
  for (std::string_view rest = claim.signed_headers; !rest.empty();) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (request.headers.count(name) == 0) {
      return deny(SigV4Denial::mismatch, "a signed header is missing: " + std::string(name));
    }
    fields.emplace_back(name, joined(request.headers, name));
  }
  return fields;
}

}  // namespace

std::expected<SigV4Proof, SigV4Refusal> verify_sigv4(const net::Request& request,
                                                     const Credentials& credentials,
                                                     TimePoint now) {
  Checked<Claim> claim = claim_of(request);
  if (!claim) {
    return std::unexpected(claim.error());
  }
  const Checked<SigV4Scope> scope = scope_of(*claim, credentials.access_key);
  if (!scope) {
    return std::unexpected(scope.error());
  }
  if (const Checked<void> timely = check_time(*claim, now); !timely) {
    return std::unexpected(timely.error());
  }
  Checked<SigV4Fields> fields = signed_fields(request, *claim);
  if (!fields) {
    return std::unexpected(fields.error());
  }
  const std::optional<std::string> canonical =
      canonical_request({.method = request.method_name,
                         .path = request.path,
                         .query = request.query,
                         .headers = *std::move(fields),
                         .payload_hash = claim->payload_hash});
  if (!canonical) {
    return deny(SigV4Denial::malformed, "path or query are not validly percent-encoded");
  }
  const Digest key = signing_key(credentials.secret_key, *scope);
  const std::string right = sigv4_signature(key, string_to_sign(claim->time, *scope, *canonical));
  if (!equal_in_constant_time(right, claim->signature)) {
    return deny(SigV4Denial::mismatch,
                "the signature is wrong: check the secret key, and that nothing on the way changes "
                "the request");
  }
  return SigV4Proof{.payload_hash = std::move(claim->payload_hash),
                    .time = std::move(claim->time),
                    .scope = scope->text(),
                    .signature = right,
                    .key = key};
}

}  // namespace fabrik::auth
