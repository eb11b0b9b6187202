// Whether an action result can be used: is everything there that it names?
#pragma once

#include "adapters/shared/action_result.hpp"
#include "base/result.hpp"
#include "cache/content_api.hpp"
#include "net/task.hpp"

namespace fabrik::adapters {

// True: all blobs, Trees and what the Trees name are there and leased, so that the
// client finds them for min_lease. False: one is gone, or a Tree is none or larger
// than 64 MiB; the action has to run again. Callers keep `references` alive.
net::Task<Result<bool>> is_complete(cache::ContentApi& content, const ActionReferences& references);

}  // namespace fabrik::adapters
