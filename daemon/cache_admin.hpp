// Looking into the cache and changing it by hand: the /v1/cache/ routes of the
// worker's own socket. Every request does a bounded piece of work and says where
// to go on ("next"), so that whoever asks can show progress and stop at any time.
// POST with a JSON object, which may say "from": the "next" of the answer before.
//
//   list    space, namespace, key, prefix, digest, limit
//           {"entries":[{"id","space","namespace","key","digest","size",
//            "created_ms","writer","headers"}],"seen":N,"next":...}
//   usage   {"groups":[{"space","namespace","entries","bytes"}],"next":...}
//   remove  id (of an entry) or digest (of a blob); {"removed":true}
//   clear   {"cleared":true}
//   verify  {"blobs":N,"bytes":N,"damaged":N,"next":...}
//   export  path (absolute); appends to it; {"entries":N,"bytes":N,"next":...}
//   import  path; from is an offset; {"entries":N,"dropped":N,"bytes":N,"next":...}
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cache/store.hpp"

namespace fabrik::daemon {

// The JSON answer to POST /v1/cache/<action>. not_found: no such action.
// Blocking: may read and write a few hundred megabytes.
Result<std::string> cache_admin(cache::Store& store, std::string_view action,
                                std::string_view body);

}  // namespace fabrik::daemon
