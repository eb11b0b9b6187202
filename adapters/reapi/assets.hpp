// Remote Asset API v1 over what is known already: Push remembers which blob or tree
// a URI stands for, Fetch looks it up. Nothing is ever fetched from anywhere on
// behalf of a client. A download named by its SHA-256 (qualifier checksum.sri, as
// Bazel sends it) is found in the store without ever having been pushed.
#pragma once

#include "adapters/reapi/unary.hpp"
#include "build/bazel/remote/asset/v1/remote_asset.pb.h"

namespace fabrik::adapters::reapi {

namespace asset = ::build::bazel::remote::asset::v1;

class AssetFetch final : public net::RpcService {
 public:
  explicit AssetFetch(Context& context) : context_(context) {}
  std::string_view name() const override { return "build.bazel.remote.asset.v1.Fetch"; }
  std::optional<net::Scope> needs(std::string_view) const override { return net::Scope::read; }
  net::Task<net::RpcStatus> handle(std::string_view method, net::RpcCall& call) override;

 private:
  Context& context_;
};

class AssetPush final : public net::RpcService {
 public:
  explicit AssetPush(Context& context) : context_(context) {}
  std::string_view name() const override { return "build.bazel.remote.asset.v1.Push"; }
  std::optional<net::Scope> needs(std::string_view) const override { return net::Scope::write; }
  net::Task<net::RpcStatus> handle(std::string_view method, net::RpcCall& call) override;

 private:
  Context& context_;
};

using Qualifiers = google::protobuf::RepeatedPtrField<asset::Qualifier>;

// The SHA-256 of a Subresource Integrity string "sha256-<base64>"; nullopt: none. Pure.
std::optional<Digest> parse_sri(std::string_view text);
// What a URI with these qualifiers is stored under: qualifiers that only tell how to
// download it (headers) do not count, and their order does not matter. Pure.
std::string asset_key(std::string_view kind, const std::string& uri, const Qualifiers& qualifiers);

}  // namespace fabrik::adapters::reapi
