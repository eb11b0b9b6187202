#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include "config/keys_local.hpp"
#include "config/keys_server.hpp"

namespace fabrik::config {
namespace {

constexpr std::array kTools = {
    Tool{"gradle", true}, Tool{"nx", true},        Tool{"turborepo", true}, Tool{"ccache", true},
    Tool{"rush", true},   Tool{"bazel", true},     Tool{"sccache", true},   Tool{"buildkit", true},
    Tool{"moon", true},   Tool{"vite-plus", true}, Tool{"maven", true},     Tool{"xcode"},
    Tool{"metro"},
};

constexpr auto kKeys = [] {
  std::array<Key, std::size(kLocalKeys) + std::size(kServerKeys)> all{};
  const auto rest = std::ranges::copy(kLocalKeys, all.begin()).out;
  std::ranges::copy(kServerKeys, rest);
  return all;
}();

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}

std::span<const Tool> tools() {
  return kTools;
}

}  // namespace fabrik::config
