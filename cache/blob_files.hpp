// Blobs as files: written under a temporary name, renamed to their digest when
// complete, spread over 256 directories.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::cache {

// Tells whether a file is still the same one, unchanged.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;

  static Result<FileIdentity> of(int fd);
  bool operator==(const FileIdentity&) const = default;
};

// An upload in progress; removed unless published.
class TempFile {
 public:
  TempFile(UniqueFd file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  Result<void> append(Bytes data);
  int fd() const { return file_.get(); }

 private:
  friend class BlobFiles;
  UniqueFd file_;
  std::filesystem::path path_;  // empty once published
};

// Thread-safe.
class BlobFiles {
 public:
  // The directories exist. `sync`: what publish() made survives a power cut.
  BlobFiles(std::filesystem::path blobs, std::filesystem::path tmp, bool sync);

  Result<std::unique_ptr<TempFile>> create();
  // The slow part of publishing, before any lock is taken.
  Result<void> settle(TempFile& file) const;
  // Replaces a file that is there already.
  Result<void> publish(TempFile& file, const Digest& digest) const;
  // nullptr-like (an empty descriptor) when there is no such file.
  Result<UniqueFd> open(const Digest& digest) const;
  // Whether it is there with that size; true when that cannot be told now.
  bool has(const Digest& digest, std::uint64_t size) const;
  void remove(const Digest& digest) const;
  // Removes everything. Open descriptors stay readable.
  Result<void> clear();

  // Every file below the blob directory; those whose name is no digest, or who
  // lie in the wrong directory, are removed on the way. Stops when `visit`
  // answers false.
  void for_each(const std::function<bool(const Digest&)>& visit) const;

 private:
  std::filesystem::path path_of(const Digest& digest) const;

  std::filesystem::path blobs_;
  std::filesystem::path tmp_;
  bool sync_;
  std::atomic<std::uint64_t> next_name_{0};  // tmp/ was emptied at start
};

}  // namespace fabrik::cache
