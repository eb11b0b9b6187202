// Names of things in the cache.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fabrik::cache {

// One space per protocol: equal keys of different tools never meet. The numbers
// are stored on disk: never change or reuse one.
enum class Space : std::uint8_t {
  gradle = 1,
  nx = 2,
  turborepo = 3,
  plain_http = 4,  // ccache, Rush and anything else that PUTs and GETs blobs
  bazel = 5,       // action cache of REAPI and Bazel's HTTP protocol; ns: instance name
  cas = 6,         // which digests a namespace may see; ns as above, key: digest in hex
  s3 = 7,          // sccache and other S3 clients; ns: bucket
  oci = 8,         // ns: repository
  vite_plus = 9,
  maven = 10,
  moon = 11,
  assets = 12,  // Remote Asset API: URI to digest
};

// All of them, in the order of their numbers.
inline constexpr std::array kSpaces{
    Space::gradle, Space::nx,  Space::turborepo, Space::plain_http, Space::bazel, Space::cas,
    Space::s3,     Space::oci, Space::vite_plus, Space::maven,      Space::moon,  Space::assets};

std::string_view name(Space space);  // "gradle"

// An entry: what a client calls an artefact. `ns` is the namespace inside the
// space (Turborepo team, ...), empty for the default one. `key` is whatever the
// protocol uses, already validated by its adapter; any bytes but NUL.
struct EntryKey {
  Space space = Space::plain_http;
  std::string ns;
  std::string key;

  auto operator<=>(const EntryKey&) const = default;
};

}  // namespace fabrik::cache
