#include "cache/rocks_db.hpp"

#include "cache/rocks_impl.hpp"
#include "cache/rocks_log.hpp"
#include "cache/rocks_options.hpp"

namespace fabrik::cache {
namespace {

constexpr std::string_view kCleanMark = "clean";
constexpr std::string_view kNote = "note";

// Failed flushes and compactions are reported here and nowhere else.
class Listener final : public rocksdb::EventListener {
 public:
  explicit Listener(std::function<void(const rocksdb::Status&)> report)
      : report_(std::move(report)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    report_(*status);
  }
  // RocksDB's own recovery ends the process on an assertion when it was the list of
  // tables that could not be written. Upkeep opens the database again instead.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  std::function<void(const rocksdb::Status&)> report_;
};

Errc code_of(const rocksdb::Status& status) {
  if (status.IsNoSpace()) {
    return Errc::no_space;
  }
  if (status.IsIOError()) {
    return Errc::io;
  }
  if (status.IsCorruption()) {
    return Errc::corrupt;
  }
  return Errc::io;
}

// The disk is at fault, not what is on it. A file that is simply missing is damage.
bool is_disk_trouble(const rocksdb::Status& status) {
  return status.IsNoSpace() || (status.IsIOError() && !status.IsPathNotFound());
}

}  // namespace

RocksDb::Impl::Impl(Options o, Log& l)
    : options(std::move(o)), log(l), rocks_logger(rocks_log(l)) {}

rocksdb::WriteOptions RocksDb::Impl::write_options() const {
  rocksdb::WriteOptions write;
  write.sync = options.sync;
  return write;
}

Error RocksDb::Impl::failure(const rocksdb::Status& status, std::string_view what) {
  return {code_of(status),
          std::string(what) + " " + options.dir.string() + ": " + status.ToString()};
}

void RocksDb::Impl::trouble(const rocksdb::Status& status) {
  if (status.IsNotSupported()) {
    return;  // opened for reading only: we know already
  }
  const Health now = status.IsNoSpace()      ? Health::full
                     : status.IsCorruption() ? Health::damaged
                                             : Health::failing;
  // Damage stays until repaired, whatever fails after it.
  Health before = health.load();
  while (before != Health::damaged && before != now && !health.compare_exchange_weak(before, now)) {
  }
  if (before == Health::good) {
    log.warn("cache index takes no writes", {{"reason", status.ToString()}});
    if (options.on_trouble) {
      options.on_trouble();
    }
  }
}

void RocksDb::Impl::close_handles() {
  for (auto*& handle : handles) {
    if (handle != nullptr) {
      db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
      handle = nullptr;
    }
  }
  db.reset();
}

void RocksDb::Impl::adopt(rocksdb::DB* opened,
                          const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  db.reset(opened);
  std::copy(families.begin(), families.end(), handles.begin());
}

Result<void> RocksDb::Impl::open() {
  auto db_options = rocks_db_options(rocks_logger);
  db_options.listeners.push_back(
      std::make_shared<Listener>([this](const rocksdb::Status& status) { trouble(status); }));
  const auto families = rocks_families();
  std::vector<rocksdb::ColumnFamilyHandle*> opened;
  rocksdb::DB* raw = nullptr;
  health = Health::good;
  auto status = rocksdb::DB::Open(db_options, options.dir, families, &opened, &raw);
  if (!status.ok() && is_disk_trouble(status)) {
    trouble(status);
    if (const auto reading =
            rocksdb::DB::OpenForReadOnly(db_options, options.dir, families, &opened, &raw);
        reading.ok()) {
      status = reading;
    }
  }
  if (!status.ok()) {
    Error error = failure(status, "open the cache index");
    error.code = is_disk_trouble(status) ? error.code : Errc::corrupt;
    return fail(std::move(error));
  }
  adopt(raw, opened);
  read_totals();
  return {};
}

void RocksDb::Impl::read_totals() {
  const auto read = [this](const std::string& key) {
    std::string value;
    const bool found = db->Get({}, handle(Family::meta), key, &value).ok();
    return (found ? decode_totals(value) : std::nullopt).value_or(Totals{});
  };
  const std::lock_guard lock(totals_mutex);
  totals = read(std::string(kTotalsKey));
  for (const std::string& account : options.accounts) {
    accounts[account] = read(account);
  }
}

RocksDb::RocksDb(Options options, Log& log)
    : impl_(std::make_unique<Impl>(std::move(options), log)) {}

RocksDb::~RocksDb() {
  close();
}

Result<void> RocksDb::open() {
  const std::unique_lock lock(impl_->gate);
  if (impl_->db) {
    impl_->close_handles();
  }
  return impl_->open();
}

void RocksDb::close() {
  const std::unique_lock lock(impl_->gate);
  if (impl_->db) {
    impl_->close_handles();
  }
}

void RocksDb::report_lost() {
  impl_->trouble(rocksdb::Status::IOError("its directory was removed"));
}

Result<void> RocksDb::open_damaged() {
  auto db_options = rocks_db_options(impl_->rocks_logger);
  db_options.paranoid_checks = false;  // a table that cannot be opened is no reason to give up
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  std::vector<rocksdb::ColumnFamilyHandle*> opened;
  rocksdb::DB* raw = nullptr;
  const std::unique_lock lock(impl_->gate);
  const auto status =
      rocksdb::DB::OpenForReadOnly(db_options, impl_->options.dir, rocks_families(), &opened, &raw);
  if (!status.ok()) {
    return fail(Errc::corrupt, impl_->failure(status, "read the damaged cache index").message);
  }
  impl_->adopt(raw, opened);
  return {};
}

Result<void> RocksDb::Impl::recreate(std::initializer_list<Family> families) {
  if (!db) {
    return fail(Errc::unavailable, "the cache index is closed");
  }
  const auto descriptions = rocks_families();
  for (const Family family : families) {
    auto*& handle = handles[static_cast<std::size_t>(family)];
    const auto& description = descriptions[static_cast<std::size_t>(family)];
    auto status = db->DropColumnFamily(handle);
    if (status.ok()) {
      db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
      handle = nullptr;
      status = db->CreateColumnFamily(description.options, description.name, &handle);
    }
    if (!status.ok()) {
      trouble(status);
      close_handles();  // half done: opening again makes what is missing
      return fail(failure(status, "empty the cache index"));
    }
  }
  return {};
}

Result<void> RocksDb::recreate(std::initializer_list<Family> families) {
  const std::unique_lock lock(impl_->gate);
  return impl_->recreate(families);
}

Result<void> RocksDb::wipe() {
  const std::unique_lock lock(impl_->gate);
  FABRIK_CHECK(impl_->recreate({Family::blobs, Family::data, Family::checksums, Family::entries,
                                Family::refs, Family::order, Family::quotas}));
  const std::lock_guard totals_lock(impl_->totals_mutex);
  impl_->totals = {.tick = impl_->totals.tick};
  rocksdb::WriteBatch batch;
  auto status = batch.Put(impl_->handle(Family::meta), kTotalsKey, encode(impl_->totals));
  for (auto& [account, sum] : impl_->accounts) {
    sum = {};
    batch.Put(impl_->handle(Family::meta), account, encode(sum)).PermitUncheckedError();
  }
  status = impl_->db->Write(impl_->write_options(), &batch);
  if (!status.ok()) {
    impl_->trouble(status);
    return fail(impl_->failure(status, "empty the cache index"));
  }
  return {};
}

RocksDb::Session RocksDb::enter() const {
  return Session(*impl_);
}

Health RocksDb::health() const {
  return impl_->health.load();
}

Totals RocksDb::totals() const {
  const std::lock_guard lock(impl_->totals_mutex);
  return impl_->totals;
}

Totals RocksDb::totals(const std::string& account) const {
  const std::lock_guard lock(impl_->totals_mutex);
  return impl_->accounts.at(account);
}

std::string RocksDb::note() const {
  const Session session(*impl_);
  const auto note = session.get(Family::meta, kNote);
  return note && *note ? **note : "";
}

Result<void> RocksDb::set_note(const std::string& note) {
  const Session session(*impl_);
  auto batch = session.batch();
  batch.put(Family::meta, kNote, note);
  for (const std::string& account : impl_->options.accounts) {
    batch.put(Family::meta, account, encode(Totals{}));
  }
  FABRIK_CHECK(session.write(std::move(batch)));
  impl_->read_totals();
  return {};
}

bool RocksDb::take_clean_mark() {
  const Session session(*impl_);
  const auto mark = session.get(Family::meta, kCleanMark);
  if (!mark || !*mark) {
    return false;
  }
  auto batch = session.batch();
  batch.erase(Family::meta, kCleanMark);
  return session.write(std::move(batch)).has_value();
}

void RocksDb::set_clean_mark() {
  const Session session(*impl_);
  auto batch = session.batch();
  batch.put(Family::meta, kCleanMark, "");
  (void)session.write(std::move(batch));
}

Result<void> RocksDb::flush() {
  const std::shared_lock lock(impl_->gate);
  if (!impl_->db) {
    return fail(Errc::unavailable, "the cache index is closed");
  }
  const std::vector<rocksdb::ColumnFamilyHandle*> all(impl_->handles.begin(), impl_->handles.end());
  if (const auto status = impl_->db->Flush({}, all); !status.ok()) {
    impl_->trouble(status);
    return fail(impl_->failure(status, "flush the cache index"));
  }
  return {};
}

}  // namespace fabrik::cache
