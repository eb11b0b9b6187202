// What lies where in a cache directory, and what happens to directories that
// cannot be used: they are moved aside, never deleted unseen, never fatal.
//
//   lock, owner          one owner process (store_lock.hpp)
//   format               version of everything below
//   db/                  the index
//   blobs/<2 hex>/<hex>  blobs larger than kInlineLimit
//   tmp/                 uploads in progress
//   quarantine-<time>/   the last unusable store, for people to look at
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace fabrik::cache {

class StoreLayout {
 public:
  // The lock of `dir` must be held whenever a function is called.
  StoreLayout(std::filesystem::path dir, const Clock& clock, Log& log);

  std::filesystem::path db() const { return dir_ / "db"; }
  std::filesystem::path blobs() const { return dir_ / "blobs"; }
  std::filesystem::path tmp() const { return dir_ / "tmp"; }

  // Makes the directories and the format stamp that are missing.
  Result<void> restore_dirs() const;
  // The same, and moves a store of another format aside, removes what
  // crashed uploads left.
  Result<void> prepare() const;
  // Moves a damaged index aside, leaves the blobs, and prepares an empty index.
  // What is readable is to be salvaged: see to_salvage().
  Result<void> set_index_aside(std::string_view reason) const;
  // An index that was set aside and not salvaged yet; empty: none.
  std::filesystem::path to_salvage() const;
  // Nothing more is to be got out of it.
  void salvaged(const std::filesystem::path& db) const;
  // Deletes quarantined stores but the newest. May take long.
  void remove_old_quarantines() const;

 private:
  Result<std::filesystem::path> move_aside(std::initializer_list<std::string_view> names,
                                           std::string_view reason) const;
  std::vector<std::filesystem::path> quarantines() const;  // the newest last

  std::filesystem::path dir_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace fabrik::cache
