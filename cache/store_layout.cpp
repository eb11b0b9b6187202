#include "cache/store_layout.hpp"

#include <algorithm>
#include <string>

#include "base/fs.hpp"

namespace fabrik::cache {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "fabrik store 2\n";
constexpr std::string_view kQuarantine = "quarantine-";
constexpr std::string_view kToSalvage = "to-salvage";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

}  // namespace

StoreLayout::StoreLayout(fs::path dir, const Clock& clock, Log& log)
    : dir_(std::move(dir)), clock_(clock), log_(log) {}

Result<void> StoreLayout::restore_dirs() const {
  for (const auto& dir : {db(), blobs(), tmp()}) {
    FABRIK_CHECK(ensure_private_dir(dir));
  }
  if (is_there(dir_ / "format")) {
    return {};
  }
  // Synced before anything is stored: an empty stamp after a power cut would have
  // the whole store moved aside.
  FABRIK_CHECK(write_file_atomically(dir_ / "format", kFormat));
  FABRIK_CHECK(sync_path(dir_ / "format"));
  FABRIK_CHECK(sync_path(dir_));
  (void)sync_path(dir_.parent_path());  // which may be none of ours to read
  return {};
}

Result<void> StoreLayout::prepare() const {
  const auto format = read_file(dir_ / "format", 4096);
  const bool known = format && *format == kFormat;
  if (!known && (is_there(db()) || is_there(dir_ / "format"))) {
    FABRIK_CHECK(
        move_aside({"db", "blobs", "format"}, format ? "another format" : "no format stamp"));
  }
  FABRIK_CHECK(restore_dirs());
  std::error_code ignored;
  for (auto at = fs::directory_iterator(tmp(), ignored); at != fs::directory_iterator();
       at.increment(ignored)) {
    fs::remove_all(at->path(), ignored);
  }
  return {};
}

Result<fs::path> StoreLayout::move_aside(std::initializer_list<std::string_view> names,
                                         std::string_view reason) const {
  const auto target = dir_ / (std::string(kQuarantine) + std::to_string(to_unix_ms(clock_.now())));
  FABRIK_CHECK(ensure_private_dir(target));
  log_.warn("cache index cannot be used; moved aside",
            {{"reason", reason}, {"moved_to", target.string()}});
  for (const auto name : names) {
    if (!is_there(dir_ / name)) {
      continue;
    }
    std::error_code error;
    fs::remove_all(target / name, error);  // of an attempt in the same millisecond
    fs::rename(dir_ / name, target / name, error);
    if (error) {
      return fail(Errc::io, "move " + (dir_ / name).string() + " aside: " + error.message() +
                                "; remove it by hand to start with an empty cache");
    }
  }
  return target;
}

Result<void> StoreLayout::set_index_aside(std::string_view reason) const {
  FABRIK_TRY(const auto target, move_aside({"db"}, reason));
  // Lost when the disk is full: then there is nothing to salvage to, either.
  (void)write_file_atomically(target / kToSalvage, reason);
  return restore_dirs();
}

std::vector<fs::path> StoreLayout::quarantines() const {
  std::vector<fs::path> found;
  std::error_code error;
  for (auto at = fs::directory_iterator(dir_, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    if (at->path().filename().string().starts_with(kQuarantine)) {
      found.push_back(at->path());
    }
  }
  std::ranges::sort(found);
  return found;
}

fs::path StoreLayout::to_salvage() const {
  for (const auto& quarantine : quarantines()) {
    if (is_there(quarantine / kToSalvage)) {
      return quarantine / "db";
    }
  }
  return {};
}

void StoreLayout::salvaged(const fs::path& db) const {
  std::error_code ignored;
  fs::remove(db.parent_path() / kToSalvage, ignored);
}

void StoreLayout::remove_old_quarantines() const {
  auto found = quarantines();
  if (!found.empty()) {
    found.pop_back();
  }
  std::error_code ignored;
  for (const auto& old : found) {
    fs::remove_all(old, ignored);
  }
}

}  // namespace fabrik::cache
