#include "adapters/reapi/services.hpp"

#include "adapters/reapi/action_cache.hpp"
#include "adapters/reapi/assets.hpp"
#include "adapters/reapi/byte_stream.hpp"
#include "adapters/reapi/capabilities.hpp"
#include "adapters/reapi/cas.hpp"
#include "adapters/reapi/health.hpp"

namespace fabrik::adapters::reapi {

struct Services::Impl {
  Impl(const AdapterContext& given, bool zstd)
      : context{.cache = given.cache,
                .content = given.content,
                .log = given.log,
                .instances = InstanceRule(NamespaceRule(given.tools.bazel_instances)),
                .zstd = zstd,
                .mismatches = given.mismatches} {}

  Context context;
  std::vector<std::unique_ptr<net::RpcService>> services;
};

Services::Services(const AdapterContext& context, bool zstd)
    : impl_(std::make_unique<Impl>(context, zstd)) {
  Context& shared = impl_->context;
  auto& services = impl_->services;
  services.push_back(std::make_unique<Capabilities>(shared));
  services.push_back(std::make_unique<ActionCache>(shared));
  services.push_back(std::make_unique<ContentAddressableStorage>(shared));
  services.push_back(std::make_unique<ByteStream>(shared));
  services.push_back(std::make_unique<AssetFetch>(shared));
  services.push_back(std::make_unique<AssetPush>(shared));
  std::set<std::string> names;
  for (const auto& service : services) {
    names.emplace(service->name());
  }
  services.push_back(std::make_unique<Health>(std::move(names)));
}

Services::~Services() = default;

std::vector<net::RpcService*> Services::all() const {
  std::vector<net::RpcService*> services;
  for (const auto& service : impl_->services) {
    services.push_back(service.get());
  }
  return services;
}

}  // namespace fabrik::adapters::reapi
