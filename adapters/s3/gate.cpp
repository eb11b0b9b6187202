#include "adapters/s3/gate.hpp"

#include <algorithm>

#include "base/fs.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kRoot = "/s3";
constexpr std::uint64_t kLargestFile = 64 * 1024;

S3Code code_of(auth::SigV4Denial denial) {
  switch (denial) {
    case auth::SigV4Denial::unsigned_request:
    case auth::SigV4Denial::unsigned_header:
    case auth::SigV4Denial::expired:
      return S3Code::access_denied;
    case auth::SigV4Denial::malformed:
      return S3Code::authorization_header_malformed;
    case auth::SigV4Denial::unknown_key:
      return S3Code::invalid_access_key_id;
    case auth::SigV4Denial::skewed_clock:
      return S3Code::request_time_too_skewed;
    case auth::SigV4Denial::mismatch:
      return S3Code::signature_does_not_match;
  }
  return S3Code::access_denied;
}

Result<auth::Credentials> credentials_of(const config::SccacheConfig& config) {
  if (config.credentials_file.empty()) {
    if (config.access_key.empty() || config.secret_key.empty()) {
      return fail(Errc::unauthenticated,
                  "neither access_key and secret_key nor credentials_file are set");
    }
    return auth::Credentials{.access_key = config.access_key, .secret_key = config.secret_key};
  }
  if (config.credentials_file.is_relative()) {
    return fail(Errc::invalid_argument,
                "credentials_file must be an absolute path or begin with ~/");
  }
  Result<std::string> text = read_file(config.credentials_file, kLargestFile);
  if (!text) {
    return fail(std::move(text).error());
  }
  Result<auth::Credentials> credentials = auth::parse_credentials(*text);
  if (!credentials) {
    return fail(
        std::move(credentials).error().with_context("read " + config.credentials_file.string()));
  }
  return credentials;
}

}  // namespace

S3Gate::S3Gate(const config::SccacheConfig& config, const Clock& clock, Log& log)
    : clock_(clock), required_(config.credentials_required) {
  if (!required_) {
    return;
  }
  Result<auth::Credentials> credentials = credentials_of(config);
  if (credentials) {
    credentials_ = *std::move(credentials);
  } else {
    log.error("S3 requests need credentials and there are none; all of them are refused",
              {{"error", credentials.error().message}});
  }
}

S3Result<std::optional<auth::SigV4Proof>> S3Gate::admit(const net::Request& request) const {
  if (!required_) {
    return std::nullopt;
  }
  if (!credentials_) {
    return s3_fail(S3Code::access_denied,
                   "build_tools.sccache.credentials_required is set, and the daemon has no "
                   "credentials to compare with: see its log");
  }
  auto proof = auth::verify_sigv4(request, *credentials_, clock_.now());
  if (!proof && proof.error().denial == auth::SigV4Denial::mismatch) {
    // s3cmd takes the /s3 of an endpoint for a part of the host and does not sign it.
    net::Request below = request;
    below.path = below.path.substr(std::min(kRoot.size(), below.path.size()));
    proof = auth::verify_sigv4(below, *credentials_, clock_.now());
  }
  if (!proof) {
    return s3_fail(code_of(proof.error().denial), proof.error().message);
  }
  return *std::move(proof);
}

}  // namespace fabrik::adapters
