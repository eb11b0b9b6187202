#include <algorithm>

#include "cache/rocks_impl.hpp"
#include "cache/rocks_options.hpp"

namespace fabrik::cache {
namespace {

constexpr std::uint64_t kFirstStep = std::uint64_t{1} << 16;

Error not_open() {
  return {Errc::unavailable, "the cache index is being reopened; try again in a moment"};
}

const rocksdb::Snapshot* as_snapshot(const void* snapshot) {
  return static_cast<const rocksdb::Snapshot*>(snapshot);
}

// Moves `key` forward by `step` in its first eight bytes, read as one number.
// False when that would pass the last key. Keys start with a time or a digest,
// so a few doublings of the step are enough to leave any damaged block.
bool leap(std::string& key, std::uint64_t step) {
  key.resize(sizeof(std::uint64_t), '\0');
  std::uint64_t number = 0;
  for (const char c : key) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  const bool fits = !__builtin_add_overflow(number, step, &number);
  for (std::size_t i = key.size(); i-- > 0; number >>= 8) {
    key[i] = static_cast<char>(number & 0xff);
  }
  return fits;
}

}  // namespace

struct RocksDb::Batch::Impl {
  explicit Impl(const RocksDb::Impl& d) : db(d) {}

  const RocksDb::Impl& db;
  rocksdb::WriteBatch changes;
  Totals delta;
  std::vector<std::pair<std::string, Totals>> accounts;
};

RocksDb::Batch::Batch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksDb::Batch::~Batch() = default;
RocksDb::Batch::Batch(Batch&&) noexcept = default;

void RocksDb::Batch::put(Family family, std::string_view key, std::string_view value) {
  if (impl_->db.db) {
    impl_->changes.Put(impl_->db.handle(family), key, value).PermitUncheckedError();
  }
}

void RocksDb::Batch::erase(Family family, std::string_view key) {
  if (impl_->db.db) {
    impl_->changes.Delete(impl_->db.handle(family), key).PermitUncheckedError();
  }
}

void RocksDb::Batch::add(const Totals& delta) {
  impl_->delta += delta;
}

void RocksDb::Batch::add(const Totals& delta, const std::string& account) {
  impl_->accounts.emplace_back(account, delta);
}

RocksDb::Session::Session(RocksDb::Impl& db) : db_(db), hold_(db.gate) {}

RocksDb::Session::~Session() {
  if (snapshot_ != nullptr) {
    db_.db->ReleaseSnapshot(as_snapshot(snapshot_));
  }
}

void RocksDb::Session::freeze() {
  if (db_.db && snapshot_ == nullptr) {
    snapshot_ = db_.db->GetSnapshot();
  }
}

Result<Totals> RocksDb::Session::frozen_totals() const {
  return frozen_totals(std::string(kTotalsKey));
}

Result<Totals> RocksDb::Session::frozen_totals(const std::string& account) const {
  FABRIK_TRY(const auto value, get(Family::meta, account));
  return decode_totals(value.value_or("")).value_or(Totals{});
}

Result<std::optional<std::string>> RocksDb::Session::get(Family family,
                                                         std::string_view key) const {
  if (!db_.db) {
    return fail(not_open());
  }
  rocksdb::ReadOptions options;
  options.snapshot = as_snapshot(snapshot_);
  options.fill_cache = family != Family::data;  // a few large values would flush the index
  std::string value;
  const auto status = db_.db->Get(options, db_.handle(family), key, &value);
  if (status.IsNotFound()) {
    return std::nullopt;
  }
  if (!status.ok()) {
    return fail(db_.failure(status, "read the cache index"));
  }
  return value;
}

std::vector<Result<std::optional<std::string>>> RocksDb::Session::get_many(
    Family family, std::span<const std::string_view> keys) const {
  std::vector<Result<std::optional<std::string>>> found;
  found.reserve(keys.size());
  if (!db_.db) {
    found.resize(keys.size(), fail(not_open()));
    return found;
  }
  rocksdb::ReadOptions options;
  options.snapshot = as_snapshot(snapshot_);
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  db_.db->MultiGet(options, db_.handle(family), keys.size(), slices.data(), values.data(),
                   statuses.data());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok()) {
      found.emplace_back(values[i].ToString());
    } else if (statuses[i].IsNotFound()) {
      found.emplace_back(std::nullopt);
    } else {
      found.emplace_back(fail(db_.failure(statuses[i], "read the cache index")));
    }
  }
  return found;
}

RocksDb::Batch RocksDb::Session::batch() const {
  return Batch(std::make_unique<Batch::Impl>(db_));
}

Result<void> RocksDb::Session::write(Batch batch) const {
  if (!db_.db) {
    return fail(not_open());
  }
  Batch::Impl& work = *batch.impl_;
  const bool counts = work.delta != Totals{};
  if (counts) {
    work.changes.Merge(db_.handle(Family::meta), kTotalsKey, encode(work.delta))
        .PermitUncheckedError();
  }
  for (const auto& [account, delta] : work.accounts) {
    work.changes.Merge(db_.handle(Family::meta), account, encode(delta)).PermitUncheckedError();
  }
  const auto status = db_.db->Write(db_.write_options(), &work.changes);
  if (!status.ok()) {
    db_.trouble(status);
    return fail(db_.failure(status, "write to the cache index"));
  }
  if (counts || !work.accounts.empty()) {
    const std::lock_guard lock(db_.totals_mutex);
    db_.totals += work.delta;
    for (const auto& [account, delta] : work.accounts) {
      db_.accounts[account] += delta;
    }
  }
  return {};
}

Result<bool> RocksDb::Session::scan(Family family, std::string_view from,
                                    const Visit& visit) const {
  if (!db_.db) {
    return fail(not_open());
  }
  rocksdb::ReadOptions options;
  options.snapshot = as_snapshot(snapshot_);
  options.fill_cache = false;
  std::string position(from);
  std::uint64_t step = kFirstStep;
  bool damaged = false;
  for (;;) {
    const std::unique_ptr<rocksdb::Iterator> at(db_.db->NewIterator(options, db_.handle(family)));
    for (at->Seek(position); at->Valid(); at->Next()) {
      position.assign(at->key().ToStringView());
      position += '\0';
      step = kFirstStep;
      if (!visit(at->key().ToStringView(), at->value().ToStringView())) {
        return damaged;
      }
    }
    if (at->status().ok()) {
      return damaged;
    }
    if (!at->status().IsCorruption() && !at->status().IsPathNotFound()) {
      return fail(db_.failure(at->status(), "read the cache index"));
    }
    damaged = true;
    if (!leap(position, step)) {
      return damaged;
    }
    step = std::max(step, step * 2);
  }
}

}  // namespace fabrik::cache
