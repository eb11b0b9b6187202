// Who may use the S3 routes: everybody who may connect, or who signs requests.
#pragma once

#include <optional>

#include "adapters/s3/error.hpp"
#include "auth/sigv4_verify.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "config/config.hpp"

namespace fabrik::adapters {

// Thread-safe. Credentials that are required and cannot be had let nobody in.
class S3Gate {
 public:
  S3Gate(const config::SccacheConfig& config, const Clock& clock, Log& log);

  // The proof of a verified signature; nullopt where none is required (and what a
  // request is signed with does not matter).
  S3Result<std::optional<auth::SigV4Proof>> admit(const net::Request& request) const;

 private:
  const Clock& clock_;
  bool required_;
  std::optional<auth::Credentials> credentials_;
};

}  // namespace fabrik::adapters
