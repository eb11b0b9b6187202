// Blobs as bodies: a part of one, and one whose first piece is known to be good.
#pragma once

#include <memory>

#include "adapters/shared/byte_range.hpp"
#include "base/result.hpp"
#include "cache/cache_api.hpp"
#include "net/http_exchange.hpp"
#include "net/task.hpp"

namespace fabrik::adapters {

// The bytes of `range` alone, size() being theirs; the bytes before it are neither
// read nor checked. `range` lies inside the blob, of which nothing has been read.
Result<std::unique_ptr<net::BodySource>> slice(std::unique_ptr<cache::BlobSource> blob,
                                               const ByteRange& range);

// The same body with its first piece read (and verified) already: damage found
// there is an error now, which the caller can answer as a miss, and not a cut body.
net::Task<Result<std::unique_ptr<net::BodySource>>> primed(std::unique_ptr<net::BodySource> body);

}  // namespace fabrik::adapters
