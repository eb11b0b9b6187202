#include "adapters/reapi/context.hpp"

#include "adapters/reapi/names.hpp"

namespace fabrik::adapters::reapi {
namespace {

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
