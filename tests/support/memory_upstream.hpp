// An upstream in memory, whose faults can be chosen: for tests of what stands above.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>

#include "base/digest.hpp"
#include "upstream/upstream.hpp"

namespace fabrik::testing {

class MemoryUpstream final : public upstream::Upstream {
 public:
  explicit MemoryUpstream(std::string name = "memory") : name_(std::move(name)) {}

  std::string_view name() const override { return name_; }
  net::Task<Result<void>> probe(upstream::Patience patience) override;
  net::Task<Result<std::optional<cache::EntryInfo>>> find(const cache::EntryKey& key,
                                                          upstream::Patience patience) override;
  net::Task<Result<std::unique_ptr<net::BodySource>>> open(const Digest& digest,
                                                           upstream::Patience patience) override;
  net::Task<Result<std::vector<cache::BlobRef>>> missing(std::span<const cache::BlobRef> blobs,
                                                         upstream::Patience patience) override;
  net::Task<Result<void>> put_blob(const cache::BlobRef& blob, net::BodySource& bytes,
                                   upstream::Patience patience) override;
  net::Task<Result<void>> put_entry(const cache::EntryKey& key, const cache::EntryInfo& info,
                                    upstream::Patience patience) override;

  // From now on every call fails with this code; nullopt: none does.
  void fail_with(std::optional<Errc> code);
  // Puts `bytes` where the blob `digest` is, whatever their digest is.
  void plant(const Digest& digest, std::string bytes);
  bool has_blob(const Digest& digest) const;
  bool has_entry(const cache::EntryKey& key) const;
  // Calls of any kind since the start.
  int calls() const { return calls_; }
  int opens() const { return opens_; }

 private:
  Result<void> enter();

  const std::string name_;
  std::atomic<int> calls_{0};
  std::atomic<int> opens_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::optional<Errc> fault_;
  std::map<Digest, std::string> blobs_;
  std::map<cache::EntryKey, cache::EntryInfo> entries_;
};

}  // namespace fabrik::testing
