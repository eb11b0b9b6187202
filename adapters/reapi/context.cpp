#include "adapters/reapi/context.hpp"

#include "adapters/reapi/names.hpp"

namespace fabrik::adapters::reapi {
namespace {

constexpr std::size_t kMostInstances = 1000;

net::RpcCode code_of(Errc code) {
  using net::RpcCode;
  switch (code) {
    case Errc::invalid_argument:
    case Errc::digest_mismatch:
    case Errc::too_large:
      return RpcCode::invalid_argument;
    case Errc::not_found:
      return RpcCode::not_found;
    case Errc::unauthenticated:
      return RpcCode::unauthenticated;
    case Errc::forbidden:
      return RpcCode::permission_denied;
    case Errc::conflict:
      return RpcCode::already_exists;
    case Errc::no_space:
      return RpcCode::resource_exhausted;
    case Errc::corrupt:
      return RpcCode::data_loss;
    case Errc::timeout:
      return RpcCode::deadline_exceeded;
    case Errc::unavailable:
      return RpcCode::unavailable;
    case Errc::cancelled:
      return RpcCode::cancelled;
    case Errc::io:
    case Errc::internal:
      return RpcCode::internal;
  }
  return RpcCode::unknown;
}

}  // namespace

void MismatchCounters::count(std::string_view path, std::string_view instance) {
  const std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> key(path, instance);
  if (counts_.size() >= kMostInstances && !counts_.contains(key)) {
    key.second = "*";
  }
  ++counts_[key];
}

std::vector<MismatchCounters::Count> MismatchCounters::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Count> counts;
  for (const auto& [key, count] : counts_) {
    counts.push_back(
        {.path = key.first, .function = "sha256", .instance = key.second, .count = count});
  }
  return counts;
}

Result<void> InstanceRule::check(std::string_view instance) const {
  if (!is_instance_name(instance)) {
    return fail(Errc::invalid_argument,
                "instance name \"" + std::string(instance.substr(0, 300)) +
                    "\": a segment is empty or one of the words of resource names");
  }
  if (served_.serves(instance)) {
    return {};
  }
  return fail(Errc::not_found, "there is no instance \"" + std::string(instance) + "\" here");
}

net::RpcStatus to_status(const Error& error) {
  return {code_of(error.code), error.message};
}

}  // namespace fabrik::adapters::reapi
