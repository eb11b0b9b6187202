// build.bazel.remote.execution.v2.Capabilities: what clients may ask of us. Answered
// from memory, whatever state the store is in: Bazel ends the build when this one
// call fails (seen with 4.2.3), and survives all else.
#pragma once

#include "adapters/reapi/context.hpp"

namespace fabrik::adapters::reapi {

class Capabilities final : public net::RpcService {
 public:
  explicit Capabilities(const Context& context);

  std::string_view name() const override { return "build.bazel.remote.execution.v2.Capabilities"; }
  std::optional<net::Scope> needs(std::string_view) const override { return net::Scope::read; }
  net::Task<net::RpcStatus> handle(std::string_view method, net::RpcCall& call) override;

 private:
  std::string answer_;  // serialised
};

}  // namespace fabrik::adapters::reapi
