// grpc.health.v1.Health, for probes. They do not keep an idle worker.
#pragma once

#include <set>
#include <string>

#include "adapters/reapi/context.hpp"

namespace fabrik::adapters::reapi {

class Health final : public net::RpcService {
 public:
  // Serving: these services, and "" (the server as a whole).
  explicit Health(std::set<std::string> services) : services_(std::move(services)) {}

  std::string_view name() const override { return "grpc.health.v1.Health"; }
  bool counts_as_use() const override { return false; }
  std::optional<net::Scope> needs(std::string_view) const override { return std::nullopt; }
  net::Task<net::RpcStatus> handle(std::string_view method, net::RpcCall& call) override;

 private:
  net::Task<net::RpcStatus> check(net::RpcCall& call);
  net::Task<net::RpcStatus> watch(net::RpcCall& call);
  bool knows(const std::string& service) const;

  std::set<std::string> services_;
};

}  // namespace fabrik::adapters::reapi
