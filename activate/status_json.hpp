// The JSON bodies of control replies (docs/control-protocol.md).
#pragma once

#include <string>
#include <string_view>

#include "activate/control_message.hpp"
#include "activate/daemon_status.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

std::string to_json(const DaemonStatus& status);
Result<DaemonStatus> parse_status(std::string_view json);

// {"error": message, "code": name}
std::string to_json(const Error& error);
// The error inside such a body; nullopt when it is something else.
std::optional<Error> parse_error(std::string_view json);

// A status from a 200, the supervisor's error from anything else.
Result<DaemonStatus> status_of(const ControlReply& reply);

}  // namespace fabrik::activate
