// What REAPI's results refer to. Pure functions over bytes.
// Source: build.bazel.remote.execution.v2, messages ActionResult and Tree.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "cache/entry.hpp"

namespace fabrik::adapters {

// The stored content type of those entries of Space::bazel that are a serialised
// ActionResult. Others are opaque: what ccache and scripts keep under /ac/.
inline constexpr std::string_view kActionResultType = "application/vnd.fabrik.action-result";

struct TreeReference {
  cache::BlobRef tree;
  // The client also asked for the directories as blobs of their own.
  bool with_directories = false;
};

struct ActionReferences {
  std::vector<cache::BlobRef> blobs;
  std::vector<TreeReference> trees;  // not among `blobs`
};

// nullopt: the bytes are no ActionResult that a client could have meant. Outputs
// whose contents stand in the result itself refer to nothing.
std::optional<ActionReferences> action_references(Bytes action_result);

// The files of a Tree and, when asked, its directories. nullopt: not a Tree.
std::optional<std::vector<cache::BlobRef>> tree_references(Bytes tree, bool with_directories);

}  // namespace fabrik::adapters
