// The body of POST /v1/activate: "serve this configuration with this build".
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/discover.hpp"

namespace fabrik::activate {

struct ActivateRequest {
  config::Source source;
  std::string build;       // of the caller's binaries; see build_id.hpp
  std::string version;     // of the caller
  std::string executable;  // the caller's `fabrik`
  bool trusted = false;    // by FABRIK_TRUST in the caller's environment
};

std::string to_json(const ActivateRequest& request);
// invalid_argument: not ours, incomplete, or its hash does not fit its content.
Result<ActivateRequest> parse_activate_request(std::string_view json);

}  // namespace fabrik::activate
