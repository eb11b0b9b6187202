#include "adapters/shared/completeness.hpp"

#include <string>

namespace fabrik::adapters {
namespace {

constexpr std::uint64_t kMaxTree = 64 * 1024 * 1024;

// The empty blob need not be stored to be there.
void add_unless_empty(std::vector<cache::BlobRef>& blobs, const cache::BlobRef& blob) {
  if (blob.size != 0 || blob.digest != sha256({})) {
    blobs.push_back(blob);
  }
}

// nullopt: not there, or not what it should be.
net::Task<Result<std::optional<std::string>>> read_blob(cache::ContentApi& content,
                                                        const cache::BlobRef& blob) {
  if (blob.size > kMaxTree) {
    co_return std::nullopt;
  }
  FABRIK_CO_TRY(auto source, co_await content.open(cache::Space::cas, blob.digest,
                                                   cache::Verify::while_reading));
  if (!source || source->size() != blob.size) {
    co_return std::nullopt;
  }
  std::string bytes;
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, co_await source->next());
    if (piece.empty()) {
      co_return bytes;
    }
    bytes += as_text(piece);
  }
}

}  // namespace

net::Task<Result<bool>> is_complete(cache::ContentApi& content,
                                    const ActionReferences& references) {
  std::vector<cache::BlobRef> needed;
  for (const cache::BlobRef& blob : references.blobs) {
    add_unless_empty(needed, blob);
  }
  for (const TreeReference& reference : references.trees) {
    add_unless_empty(needed, reference.tree);
    FABRIK_CO_TRY(const std::optional<std::string> tree,
                  co_await read_blob(content, reference.tree));
    const auto inside =
        tree ? tree_references(as_bytes(*tree), reference.with_directories) : std::nullopt;
    if (!inside) {
      co_return false;
    }
    for (const cache::BlobRef& blob : *inside) {
      add_unless_empty(needed, blob);
    }
  }
  if (needed.empty()) {
    co_return true;
  }
  FABRIK_CO_TRY(const std::vector<cache::BlobRef> missing, co_await content.missing(needed));
  co_return missing.empty();
}

}  // namespace fabrik::adapters
