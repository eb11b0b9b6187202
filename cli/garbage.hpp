// State that nobody will use again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "statefs/paths.hpp"

namespace fabrik::cli {

struct Garbage {
  std::filesystem::path path;
  std::string reason;
  std::uint64_t bytes = 0;
};

struct Collection {
  std::vector<Garbage> removed;       // or, on trial, what would be
  std::vector<Garbage> kept_caches;   // of projects that are gone, without `caches`
  std::vector<std::string> problems;  // what could not be removed, and why
};

struct CollectOptions {
  bool trial = false;   // look, do not touch
  bool caches = false;  // the cached data of projects that are gone as well
};

// Projects whose fabrik.toml is gone, and generations of fabrik.toml that no
// project has any more. Never touches a project whose daemon runs, nor a
// generation younger than a minute (it may be starting).
Collection collect_garbage(const statefs::Paths& paths, const Clock& clock,
                           const CollectOptions& options);

}  // namespace fabrik::cli
