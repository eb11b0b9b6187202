// Puts the parts of the store together. Private to rocks_store.cpp and
// rocks_store_blobs.cpp.
#pragma once

#include "cache/blob_check.hpp"
#include "cache/blob_writer.hpp"
#include "cache/quota_keeper.hpp"
#include "cache/rocks_store.hpp"
#include "cache/store_lock.hpp"
#include "cache/upkeep.hpp"

namespace fabrik::cache {

class RocksStore final : public Store {
 public:
  RocksStore(const RocksStoreOptions& options, StoreLock lock, const Clock& clock, Log& log);
  ~RocksStore() override;
  // Opens the index; call once.
  Result<void> start();

  Result<std::unique_ptr<BlobWriter>> create(std::uint64_t size_hint, Packing packing) override;
  Result<std::unique_ptr<BlobReader>> open(const Digest& digest, Verify verify) override;
  Result<std::vector<Digest>> missing(std::span<const Digest> digests) override;
  Result<std::vector<BlobRef>> lease(std::span<const BlobRef> blobs) override;
  bool opens_slowly(const BlobRef& blob, Verify verify) const override;
  Result<bool> erase(const Digest& digest) override;

  Result<std::optional<EntryInfo>> find(const EntryKey& key) override;
  Result<std::vector<bool>> contains(std::span<const EntryKey> keys) override;
  Result<PutOutcome> put(const EntryKey& key, const BlobRef& blob, const EntryMeta& meta,
                         IfExists if_exists) override;
  Result<bool> erase(const EntryKey& key) override;
  Result<EntryPage> list(const EntryKey* from, std::size_t limit) override;

  StoreStats stats() const override;
  Result<void> clear() override;
  Result<ScrubStep> scrub(const Digest* from, std::uint64_t bytes) override;
  Result<void> flush() override;

 private:
  // Whether the index knows the quotas that are configured. If not they begin empty,
  // and every entry is sorted in again.
  bool sort_quotas();
  // Those that `ask` does not find, in batches; the others are marked as used.
  template <class Item, class Ask>
  Result<std::vector<Item>> absent_of(std::span<const Item> items, Ask ask);
  Result<std::unique_ptr<BlobReader>> open_inline(const BlobRef& ref, const BlobRecord& record);
  Result<std::unique_ptr<BlobReader>> open_file(const BlobRef& ref, const BlobRecord& record,
                                                Verify verify);
  // Whether the blob is there in the form that `record` says.
  bool is_still(const Digest& digest, const BlobRecord& record) const;
  // Reads all of it, however sure we are already. False: it was damaged.
  Result<bool> check_again(const BlobRef& ref);
  Result<bool> check_file_again(const BlobRef& ref, const BlobRecord& record);
  // Removes a damaged blob unless it is stored in another form than `record` says by
  // now, or `still_damaged` says that it was replaced.
  void drop(const BlobRef& ref, const BlobRecord& record, const Error& why,
            const std::function<bool()>& still_damaged);
  Result<void> check_writable() const;

  const RocksStoreOptions options_;
  const Clock& clock_;
  Log& log_;
  StoreLock lock_;
  StoreLayout layout_;
  Upkeep upkeep_;  // before what it looks after: it is told of trouble from the start
  const QuotaIndex quotas_;
  RocksDb db_;
  BlobFiles files_;
  StripedLocks locks_;
  std::unique_ptr<EvictionOrder> order_;
  Ticks ticks_;
  BlobIndex blobs_;
  EntryIndex entries_;
  Usage usage_;
  Evictor evictor_;
  QuotaKeeper quota_keeper_;
  Room room_;
  VerifiedFiles verified_;
  VerifiedContent verified_content_;
  std::atomic<std::uint64_t> corrupt_dropped_{0};
};

}  // namespace fabrik::cache
