// The index: an ordered key-value database with several families of keys,
// atomic batches, and reads that survive damage. The narrow front of RocksDB:
// nothing of it is visible here.
//
// Thread-safe. Everything is done through a Session; a database that is being
// reopened makes open sessions finish first and new ones wait or fail.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "cache/totals.hpp"

namespace fabrik::cache {

enum class Family {
  meta,       // totals, marks
  blobs,      // digest -> BlobRecord
  data,       // digest -> bytes of an inline blob
  checksums,  // digest -> checksums of a file blob
  entries,    // EntryKey -> EntryInfo
  refs,       // digest + EntryKey -> nothing
  order,      // OrderKey -> nothing
  quotas,     // what quota_index.hpp keeps
};

// Why the database takes no writes; good when it does.
enum class Health { good, full, failing, damaged };

class RocksDb {
 public:
  class Batch;
  class Session;

  struct Options {
    std::filesystem::path dir;
    bool sync = false;  // every write reaches the disk before it returns
    // Called (from any thread, with locks held: only take note) when health turns bad.
    std::function<void()> on_trouble;
    // Names of sums beside the totals.
    std::vector<std::string> accounts = {};
  };

  // Not open yet. `log` must outlive it.
  RocksDb(Options options, Log& log);
  ~RocksDb();
  RocksDb(const RocksDb&) = delete;
  RocksDb& operator=(const RocksDb&) = delete;

  // corrupt: what is there is no usable database. When only the disk is at fault
  // (full, read-only) but the data is readable, this succeeds with health() not
  // good and every write failing. Also the one way out of a failure: DB::Resume
  // asserts that no list of tables failed to be written.
  Result<void> open();
  // Waits for sessions to end. Unflushed writes stay in the log files.
  void close();
  // Somebody removed the files: it takes no writes until it is opened again.
  void report_lost();
  // Opens a damaged database for reading what is left of it. corrupt: nothing is.
  Result<void> open_damaged();
  // Empties the families given, all in one step for sessions.
  Result<void> recreate(std::initializer_list<Family> families);
  // Empties everything but meta, and sets the totals to nothing.
  Result<void> wipe();

  // Holds off close() and friends: keep it short, one per thread.
  Session enter() const;
  Health health() const;
  Totals totals() const;
  // The sum of that name, which is one of Options::accounts.
  Totals totals(const std::string& account) const;
  // A text that is kept with the index; empty: none yet.
  std::string note() const;
  // Replaces it and sets the sums beside the totals to nothing.
  Result<void> set_note(const std::string& note);
  // Left by an owner that closed the store in order. take: whether it was there;
  // false also when it could not be taken away.
  bool take_clean_mark();
  void set_clean_mark();
  // Memory to disk, all families.
  Result<void> flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Changes that are applied together or not at all.
class RocksDb::Batch {
 public:
  ~Batch();
  Batch(Batch&&) noexcept;

  void put(Family family, std::string_view key, std::string_view value);
  void erase(Family family, std::string_view key);
  void add(const Totals& delta);
  // To one of Options::accounts.
  void add(const Totals& delta, const std::string& account);

 private:
  friend class Session;
  struct Impl;
  explicit Batch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class RocksDb::Session {
 public:
  explicit Session(RocksDb::Impl& db);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // nullopt: no such key. corrupt: the place where it would be is damaged.
  Result<std::optional<std::string>> get(Family family, std::string_view key) const;
  // The same for many keys in one go, in their order.
  std::vector<Result<std::optional<std::string>>> get_many(
      Family family, std::span<const std::string_view> keys) const;
  // Valid as long as the session.
  Batch batch() const;
  Result<void> write(Batch batch) const;

  // In key order from `from` until `visit` returns false. Steps over damaged
  // blocks; true when there were any.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  Result<bool> scan(Family family, std::string_view from, const Visit& visit) const;

  // From here on this session reads the database as it is now, and frozen_totals()
  // fit what it reads.
  void freeze();
  Result<Totals> frozen_totals() const;
  Result<Totals> frozen_totals(const std::string& account) const;

 private:
  RocksDb::Impl& db_;
  std::shared_lock<std::shared_mutex> hold_;
  const void* snapshot_ = nullptr;  // a rocksdb::Snapshot
};

}  // namespace fabrik::cache
