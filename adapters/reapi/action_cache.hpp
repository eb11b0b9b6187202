// build.bazel.remote.execution.v2.ActionCache. A result is served only while all it
// names is there; serving it leases all of that. Results are kept as the bytes that
// Bazel's HTTP protocol keeps under /ac/: both see each other's.
#pragma once

#include "adapters/reapi/unary.hpp"

namespace fabrik::adapters::reapi {

class ActionCache final : public net::RpcService {
 public:
  explicit ActionCache(Context& context) : context_(context) {}

  std::string_view name() const override { return "build.bazel.remote.execution.v2.ActionCache"; }
  std::optional<net::Scope> needs(std::string_view method) const override {
    return method == "UpdateActionResult" ? net::Scope::write : net::Scope::read;
  }
  net::Task<net::RpcStatus> handle(std::string_view method, net::RpcCall& call) override;

 private:
  net::Task<Result<void>> get(const rex::GetActionResultRequest& request,
                              rex::ActionResult& result);
  net::Task<Result<void>> update(net::RpcCall& call, const rex::UpdateActionResultRequest& request,
                                 rex::ActionResult& result);

  net::Task<Result<std::optional<std::string>>> load(const cache::EntryKey& key);
  net::Task<Result<void>> store(const cache::EntryKey& key, const rex::ActionResult& result,
                                cache::EntryMeta meta);
  net::Task<Result<void>> put_inline(cache::ContentApi& content,
                                     const rex::GetActionResultRequest& request,
                                     rex::ActionResult& result);
  net::Task<void> take_inline(cache::ContentApi& content, const cache::WriteOrigin& origin,
                              rex::ActionResult& result);

  Context& context_;
};

// Why clients could not use it: an output without a path or with an absolute one, a
// digest that is none. Pure.
Result<void> check_outputs(const rex::ActionResult& result);

}  // namespace fabrik::adapters::reapi
