// One cache behind ours: a fabrik server, a bucket, anything that has blobs by
// digest and entries that point at them. What is asked, in which order, and what
// becomes of the answers is the chain's business (upstream_chain.hpp); an
// implementation speaks its protocol and nothing else.
//
// Every implementation passes tests/contract/upstream_contract.hpp.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cache/entry.hpp"
#include "cache/key.hpp"
#include "net/http_exchange.hpp"
#include "net/task.hpp"

namespace fabrik::upstream {

// How long to wait for each answer: the first one, and every piece of a stream after
// it. A stream that stands still for longer fails as timeout, however large it is.
using Patience = std::chrono::milliseconds;

// Thread-safe. A miss is a value. Errors: timeout, unavailable, unauthenticated,
// forbidden, corrupt (no answer of this protocol), cancelled; never an exception.
// Nothing here checks that bytes have the digest they were asked for by: callers do,
// because no upstream is trusted with that. Callers keep what they pass by reference
// alive until the await ends.
class Upstream {
 public:
  virtual ~Upstream() = default;
  // For logs and people: the URL, without credentials.
  virtual std::string_view name() const = 0;
  // Whether it answers at all; asks for nothing.
  virtual net::Task<Result<void>> probe(Patience patience) = 0;
  // What an entry points at. nullopt: a miss.
  virtual net::Task<Result<std::optional<cache::EntryInfo>>> find(const cache::EntryKey& key,
                                                                  Patience patience) = 0;
  // The bytes of a blob, as they arrive; nullptr: a miss. size() is what the upstream
  // announced. Destroying the source ends the transfer. It does not outlive its upstream.
  virtual net::Task<Result<std::unique_ptr<net::BodySource>>> open(const Digest& digest,
                                                                   Patience patience) = 0;
  // Those of `blobs` that it does not have. The others it keeps for a while, as far as
  // it is able to promise that.
  virtual net::Task<Result<std::vector<cache::BlobRef>>> missing(
      std::span<const cache::BlobRef> blobs, Patience patience) = 0;
  // Stores a blob. `bytes` are read to their end; an error of theirs ends the transfer
  // and is the answer. digest_mismatch, no_space, too_large: it did not take them.
  virtual net::Task<Result<void>> put_blob(const cache::BlobRef& blob, net::BodySource& bytes,
                                           Patience patience) = 0;
  // Stores an entry that points at a blob it has. not_found: it does not have it (any
  // more). no_space and forbidden as above.
  virtual net::Task<Result<void>> put_entry(const cache::EntryKey& key,
                                            const cache::EntryInfo& info, Patience patience) = 0;
};

}  // namespace fabrik::upstream
