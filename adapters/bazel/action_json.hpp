// Action results as JSON, which moon speaks over HTTP: the JSON mapping of proto3
// (protobuf.dev "ProtoJSON format") of REAPI's ActionResult. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fabrik::adapters {

// The serialised message, which is never empty. nullopt: it is no ActionResult, says
// nothing, or has a member that is not known here and would be lost.
std::optional<std::string> action_from_json(std::string_view json);
// nullopt: the bytes are no ActionResult.
std::optional<std::string> action_to_json(std::string_view action_result);

}  // namespace fabrik::adapters
