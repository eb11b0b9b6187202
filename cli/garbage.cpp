#include "cli/garbage.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>

#include "statefs/json_file.hpp"
#include "statefs/lock.hpp"
#include "statefs/project_record.hpp"

namespace fabrik::cli {
namespace {

using std::filesystem::path;

constexpr std::chrono::seconds kYoung{60};

// Names in `directory` that are ids or hashes, without `extension`.
std::vector<std::string> short_hashes(const path& directory, std::string_view extension) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == extension &&
        statefs::is_short_hash(entry.path().stem().string())) {
      names.push_back(entry.path().stem().string());
    }
  }
  std::ranges::sort(names);
  return names;
}

// Gone, and not merely out of reach: an error is no proof.
bool is_gone(const path& file) {
  struct stat found{};
  return ::lstat(file.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

std::uint64_t size_of(const path& root) {
  std::uint64_t bytes = 0;
  std::error_code error;
  if (std::filesystem::is_regular_file(root, error)) {
    return std::filesystem::file_size(root, error);
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error)) {
    std::error_code ignored;
    if (entry.is_regular_file(ignored)) {
      bytes += entry.file_size(ignored);
    }
  }
  return bytes;
}

class Collector {
 public:
  Collector(const statefs::Paths& paths, const Clock& clock, const CollectOptions& options)
      : paths_(paths), clock_(clock), options_(options) {}

  Collection run() {
    for (const std::string& id : short_hashes(paths_.state / "projects", ".json")) {
      visit_project(id);
    }
    for (const std::string& hash : short_hashes(paths_.state / "daemons", "")) {
      if (!current_.contains(hash) && is_old(paths_.daemon_dir(hash))) {
        remove(paths_.daemon_dir(hash), "an earlier version of a fabrik.toml");
      }
    }
    return std::move(collection_);
  }

 private:
  void visit_project(const std::string& id) {
    const auto record = statefs::read_project_record(paths_, id);
    if (!record) {
      return;  // not to be believed: the project's next daemon replaces it
    }
    current_.insert(record->config_hash);
    if (record->config_path.empty() || !is_gone(record->config_path)) {
      return;
    }
    // While we hold both locks, no daemon runs or starts.
    const Hold elect = hold(paths_.elect_lock(id));
    const Hold daemon = hold(paths_.daemon_lock(id));
    if (!elect.free || !daemon.free) {
      return;
    }
    const std::string reason = "the project of " + record->config_path.string() + " is gone";
    remove(paths_.daemon_dir(record->config_hash), reason);
    if (remove_cache(paths_.default_cache_dir(id), reason)) {
      remove(paths_.project_record(id), reason);
      remove(paths_.access_token(id), reason);
      remove(paths_.project_bazelrc(id), reason);
    }
    remove(paths_.run_dir(id), reason);
  }

  struct Hold {
    bool free = false;  // nobody else has the lock
    std::optional<statefs::Lock> lock = {};
  };

  // No directory for the lock file: no daemon ever ran.
  static Hold hold(const path& file) {
    if (is_gone(file.parent_path())) {
      return {.free = true};
    }
    auto lock = statefs::Lock::acquire(file, std::chrono::milliseconds(0));
    return lock ? Hold{.free = true, .lock = *std::move(lock)} : Hold{};
  }

  bool is_old(const path& directory) const {
    struct stat found{};
    return ::lstat(directory.c_str(), &found) == 0 &&
           clock_.now() - std::chrono::system_clock::from_time_t(found.st_mtime) > kYoung;
  }

  // False: there is a cache and it stays. The record of its project stays with
  // it, because nothing else knows whose cache it is.
  bool remove_cache(const path& cache, const std::string& reason) {
    if (is_gone(cache)) {
      return true;
    }
    if (!options_.caches) {
      collection_.kept_caches.push_back({cache, reason, size_of(cache)});
      return false;
    }
    return remove(cache, reason);
  }

  bool remove(const path& what, const std::string& reason) {
    if (is_gone(what)) {
      return true;
    }
    const std::uint64_t bytes = size_of(what);
    std::error_code error;
    if (!options_.trial) {
      std::filesystem::remove_all(what, error);
    }
    if (error) {
      collection_.problems.push_back("remove " + what.string() + ": " + error.message());
      return false;
    }
    collection_.removed.push_back({what, reason, bytes});
    return true;
  }

  const statefs::Paths& paths_;
  const Clock& clock_;
  const CollectOptions options_;
  std::set<std::string> current_;  // generations of the known projects
  Collection collection_;
};

}  // namespace

Collection collect_garbage(const statefs::Paths& paths, const Clock& clock,
                           const CollectOptions& options) {
  return Collector(paths, clock, options).run();
}

}  // namespace fabrik::cli
