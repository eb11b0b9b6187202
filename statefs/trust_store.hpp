// Which configurations the user has allowed privileged keys: one file per
// decision, named SHA-256(path, NUL, content). An edited or moved file is a
// file nobody decided about. Lives in the user's state directory and is never
// fed from a project.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "statefs/paths.hpp"

namespace fabrik::statefs {

struct TrustRecord {
  std::filesystem::path config_path;
  std::int64_t trusted_unix_ms = 0;
};

// Not cached: every call looks at the directory. Safe between processes.
class TrustStore {
 public:
  explicit TrustStore(const Paths& paths) : dir_(paths.trust_dir()) {}

  // A record that cannot be believed (foreign, symlink, torn) is none.
  bool is_trusted(const std::filesystem::path& config_path, std::string_view content) const;
  Result<void> trust(const std::filesystem::path& config_path, std::string_view content,
                     std::int64_t now_unix_ms) const;
  // Forgets every decision about this path; false when there was none.
  Result<bool> untrust(const std::filesystem::path& config_path) const;
  // By path.
  std::vector<TrustRecord> list() const;

 private:
  std::filesystem::path dir_;
};

}  // namespace fabrik::statefs
