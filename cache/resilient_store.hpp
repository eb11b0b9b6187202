// A store that is always there. While the real one cannot be opened (read-only,
// not mounted, no permission) everything is a miss and writes fail as
// unavailable, which callers drop. Opening is tried again in the background; once
// it works, everything goes to the real store, which heals itself from then on.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/log.hpp"
#include "base/result.hpp"
#include "cache/store.hpp"

namespace fabrik::cache {

using OpenStore = std::function<Result<std::unique_ptr<Store>>()>;

struct Retry {  // doubles from the one to the other
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds last{5000};
};

// Opens before it returns when that is possible now; StoreStats::problem says
// what is in the way. conflict: somebody else owns the directory, which waiting
// does not change. `open` is called from a thread of the store, never twice at
// once, and not any more after it has succeeded. `log` must outlive the store.
Result<std::unique_ptr<Store>> open_resilient_store(OpenStore open, Log& log, Retry retry = {});

}  // namespace fabrik::cache
