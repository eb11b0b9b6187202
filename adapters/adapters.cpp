#include "adapters/adapters.hpp"

#include <algorithm>
#include <array>

#include "adapters/bazel/bazel_http.hpp"
#include "adapters/blob.hpp"
#include "adapters/gradle.hpp"
#include "adapters/nx.hpp"
#include "adapters/oci/oci.hpp"
#include "adapters/s3/s3.hpp"
#include "adapters/turborepo/turborepo.hpp"
#include "adapters/vite_plus/vite_plus.hpp"

namespace fabrik::adapters {
namespace {

// Claim order: who has a prefix of their own first; then Bazel, which takes /ac/ and
// /cas/ behind any prefix; Gradle last, because it also takes keys straight under the
// root.
constexpr auto kNames =
    std::to_array<std::string_view>({"nx", "turborepo", "ccache", "rush", "sccache", "maven",
                                     "vite-plus", "buildkit", "bazel", "gradle"});

bool contains(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != std::ranges::end(names);
}

// moon speaks Bazel's protocol.
constexpr std::string_view adapter_of(std::string_view tool) {
  return tool == "moon" ? "bazel" : tool;
}

std::unique_ptr<net::HttpAdapter> make(std::string_view name, const AdapterContext& context) {
  cache::CacheApi& cache = context.cache;
  Log& log = context.log;
  if (name == "nx") {
    return std::make_unique<NxAdapter>(cache, log);
  }
  if (name == "turborepo") {
    return std::make_unique<TurborepoAdapter>(cache, log);
  }
  if (name == "ccache") {
    // ccache checks what it reads and survives a cut body, so large results are
    // streamed at once.
    return std::make_unique<BlobAdapter>(
        BlobRoute{.name = "ccache", .prefix = "/ccache/", .verify = cache::Verify::while_reading},
        cache, log);
  }
  if (name == "rush") {
    // Rush may end with an error status when a download breaks off.
    return std::make_unique<BlobAdapter>(
        BlobRoute{.name = "rush", .prefix = "/rush/", .verify = cache::Verify::whole_first}, cache,
        log);
  }
  if (name == "maven") {
    // A cut download would fail the build.
    return std::make_unique<BlobAdapter>(BlobRoute{.name = "maven",
                                                   .prefix = "/maven/",
                                                   .space = cache::Space::maven,
                                                   .verify = cache::Verify::whole_first},
                                         cache, log);
  }
  if (name == "vite-plus") {
    return std::make_unique<VitePlusAdapter>(cache, context.content, log);
  }
  if (name == "bazel") {
    return std::make_unique<BazelHttpAdapter>(
        cache, context.content, log, context.mismatches,
        BazelHttpOptions{.send_zstd = context.tools.bazel_zstd == config::WireZstd::on,
                         .namespaces = NamespaceRule(context.tools.bazel_instances)});
  }
  if (name == "buildkit") {
    return std::make_unique<OciAdapter>(cache, context.content, log);
  }
  if (name == "sccache") {
    return std::make_unique<S3Adapter>(S3Parts{cache, context.content, log}, context.tools.sccache,
                                       context.clock);
  }
  return std::make_unique<GradleAdapter>(cache, log);
}

}  // namespace

std::span<const std::string_view> known_adapters() {
  return kNames;
}

std::vector<std::unique_ptr<net::HttpAdapter>> make_adapters(const AdapterContext& context) {
  const std::vector<std::string>& enabled = context.tools.enabled;
  std::vector<std::unique_ptr<net::HttpAdapter>> adapters;
  for (std::string_view name : kNames) {
    if (std::ranges::any_of(enabled,
                            [name](const auto& tool) { return adapter_of(tool) == name; })) {
      adapters.push_back(make(name, context));
    }
  }
  for (const std::string& name : enabled) {
    if (!contains(kNames, adapter_of(name))) {
      context.log.warn("build tool has no adapter in this build", {{"name", name}});
    }
  }
  return adapters;
}

}  // namespace fabrik::adapters
