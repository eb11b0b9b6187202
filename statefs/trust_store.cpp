#include "statefs/trust_store.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/fs.hpp"
#include "statefs/json_file.hpp"

namespace fabrik::statefs {
namespace {

std::string record_name(const std::filesystem::path& config_path, std::string_view content) {
  Hasher hasher;
  hasher.update(as_bytes(config_path.native()));
  hasher.update(as_bytes(std::string_view("\0", 1)));
  hasher.update(as_bytes(content));
  return hasher.finish().hex();
}

Result<TrustRecord> read_record(const std::filesystem::path& file) {
  FABRIK_TRY(const nlohmann::json json, read_json_file(file));
  TrustRecord record;
  record.config_path = get_bytes(json, "config_path");
  record.trusted_unix_ms = get_int(json, "trusted_unix_ms");
  if (!record.config_path.is_absolute()) {
    return fail(Errc::corrupt, file.string() + " is not a trust record");
  }
  return record;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& dir) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(dir, error), end; !error && at != end;
       at.increment(error)) {
    files.push_back(at->path());
  }
  return files;
}

}  // namespace

bool TrustStore::is_trusted(const std::filesystem::path& config_path,
                            std::string_view content) const {
  const auto record = read_record(dir_ / record_name(config_path, content));
  return record && record->config_path == config_path;
}

Result<void> TrustStore::trust(const std::filesystem::path& config_path, std::string_view content,
                               std::int64_t now_unix_ms) const {
  FABRIK_CHECK(ensure_private_dir(dir_.parent_path()));
  FABRIK_CHECK(ensure_private_dir(dir_));
  nlohmann::json json = {{"version", 1}, {"trusted_unix_ms", now_unix_ms}};
  put_bytes(json, "config_path", config_path.native());
  return write_file_atomically(dir_ / record_name(config_path, content), json.dump() + "\n");
}

Result<bool> TrustStore::untrust(const std::filesystem::path& config_path) const {
  bool found = false;
  for (const auto& file : files_in(dir_)) {
    const auto record = read_record(file);
    if (!record || record->config_path != config_path) {
      continue;
    }
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error) {
      return fail_errno("remove trust record " + file.string(), error.value());
    }
    found = true;
  }
  return found;
}

std::vector<TrustRecord> TrustStore::list() const {
  std::vector<TrustRecord> records;
  for (const auto& file : files_in(dir_)) {
    if (auto record = read_record(file)) {
      records.push_back(*std::move(record));
    }
  }
  std::ranges::sort(records, {}, &TrustRecord::config_path);
  return records;
}

}  // namespace fabrik::statefs
