// The words that make BuildKit use the project's registry as its build cache.
// Sources: "Registry cache storage backend" of docker's documentation, `buildctl
// build --help` of BuildKit 0.13, the Compose build specification. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fabrik::cli::buildkit {

// A repository name like `text`: lower case, what is not allowed becomes '-'. Two
// texts that would look alike are told apart by some digits of their SHA-256.
std::string repository_like(std::string_view text);
// The same for a tag: "feature/x" is "feature-x-<8 hex>".
std::string tag_like(std::string_view text);

struct CacheRefs {
  std::string to;                 // "127.0.0.1:4711/app:main"
  std::vector<std::string> from;  // the same and others, nearest first
};

// One per tool that understands words of its own.
enum class Format { buildx, buildctl, bake, compose, json };
// buildx, buildctl, bake, compose, json.
Result<Format> parse_format(std::string_view name);

// mode=max keeps the layers of every stage; with ignore-error a cache that cannot
// be written does not fail the build. Words hold no blank, so that an unquoted
// $(fabrik buildkit-args) in a shell gives the right arguments; compose is YAML, json
// is {"registry_ref", "cache_to", "cache_from"}. Ends with a newline.
std::string render(const CacheRefs& refs, Format format);

}  // namespace fabrik::cli::buildkit
