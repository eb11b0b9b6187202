#include "adapters/bazel/action_json.hpp"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "build/bazel/remote/execution/v2/remote_execution.pb.h"

namespace fabrik::adapters {

using ::build::bazel::remote::execution::v2::ActionResult;

std::optional<std::string> action_from_json(std::string_view json) {
  ActionResult result;
  const auto status =
      google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &result);
  // "{}" as no bytes at all could not be told from a lost value.
  std::string bytes = status.ok() ? result.SerializeAsString() : "";
  return bytes.empty() ? std::nullopt : std::optional(std::move(bytes));
}

std::optional<std::string> action_to_json(std::string_view action_result) {
  ActionResult result;
  std::string json;
  if (!result.ParseFromArray(action_result.data(), static_cast<int>(action_result.size())) ||
      !google::protobuf::util::MessageToJsonString(result, &json).ok()) {
    return std::nullopt;
  }
  return json;
}

}  // namespace fabrik::adapters
