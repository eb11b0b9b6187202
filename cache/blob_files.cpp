#include "cache/blob_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.hpp"

namespace fabrik::cache {
namespace {

namespace fs = std::filesystem;

// Goes on past what cannot be read: it is gone, or somebody else's problem.
void for_each_in(const fs::path& dir, const std::function<bool(const fs::path&)>& visit) {
  std::error_code error;
  for (auto at = fs::directory_iterator(dir, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    if (!visit(at->path())) {
      return;
    }
  }
}

}  // namespace

Result<FileIdentity> FileIdentity::of(int fd) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) {
    return fail_errno("stat a cached file");
  }
  return FileIdentity{.inode = info.st_ino,
                      .size = static_cast<std::uint64_t>(info.st_size),
                      .modified_ns = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

TempFile::~TempFile() {
  if (!path_.empty()) {
    ::unlink(path_.c_str());
  }
}

Result<void> TempFile::append(Bytes data) {
  if (auto written = write_all(file_.get(), as_text(data)); !written) {
    return fail(std::move(written).error().with_context("write " + path_.string()));
  }
  return {};
}

BlobFiles::BlobFiles(fs::path blobs, fs::path tmp, bool sync)
    : blobs_(std::move(blobs)), tmp_(std::move(tmp)), sync_(sync) {}

fs::path BlobFiles::path_of(const Digest& digest) const {
  const std::string hex = digest.hex();
  return blobs_ / hex.substr(0, 2) / hex;
}

Result<std::unique_ptr<TempFile>> BlobFiles::create() {
  const auto path = tmp_ / std::to_string(next_name_++);
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL;
  auto file = open_file(path, kFlags);
  if (!file && file.error().code == Errc::not_found) {
    FABRIK_CHECK(ensure_private_dir(tmp_));  // somebody removed it under us
    file = open_file(path, kFlags);
  }
  if (!file) {
    return fail(std::move(file).error());
  }
  return std::make_unique<TempFile>(*std::move(file), path);
}

Result<void> BlobFiles::settle(TempFile& file) const {
  if (sync_ && ::fdatasync(file.fd()) != 0) {
    return fail_errno("sync " + file.path_.string());
  }
  return {};
}

Result<void> BlobFiles::publish(TempFile& file, const Digest& digest) const {
  const auto target = path_of(digest);
  int renamed = ::rename(file.path_.c_str(), target.c_str());
  if (renamed != 0 && errno == ENOENT) {
    FABRIK_CHECK(ensure_private_dir(target.parent_path()));
    if (sync_) {
      FABRIK_CHECK(sync_path(blobs_));
    }
    renamed = ::rename(file.path_.c_str(), target.c_str());
  }
  if (renamed != 0) {
    return fail_errno("rename " + file.path_.string() + " to " + target.string());
  }
  file.path_.clear();
  return sync_ ? sync_path(target.parent_path()) : Result<void>{};
}

Result<UniqueFd> BlobFiles::open(const Digest& digest) const {
  auto file = open_file(path_of(digest), O_RDONLY | O_NOFOLLOW);
  if (!file && file.error().code == Errc::not_found) {
    return UniqueFd{};
  }
  return file;
}

bool BlobFiles::has(const Digest& digest, std::uint64_t size) const {
  const auto file = open(digest);
  if (!file || !*file) {
    return !file;
  }
  const auto identity = FileIdentity::of(file->get());
  return !identity || identity->size == size;
}

void BlobFiles::remove(const Digest& digest) const {
  ::unlink(path_of(digest).c_str());
}

Result<void> BlobFiles::clear() {
  const auto away = tmp_ / ("cleared-" + std::to_string(next_name_++));
  std::error_code error;
  fs::rename(blobs_, away, error);
  if (error && error != std::errc::no_such_file_or_directory) {
    return fail(Errc::io, "empty " + blobs_.string() + ": " + error.message());
  }
  FABRIK_CHECK(ensure_private_dir(blobs_));
  fs::remove_all(away, error);
  return {};
}

void BlobFiles::for_each(const std::function<bool(const Digest&)>& visit) const {
  for_each_in(blobs_, [&](const fs::path& shard) {
    bool go_on = true;
    for_each_in(shard, [&](const fs::path& file) {
      const auto digest = Digest::from_hex(file.filename().string());
      if (digest && path_of(*digest) == file) {
        go_on = visit(*digest);
      } else {
        std::error_code ignored;
        fs::remove_all(file, ignored);
      }
      return go_on;
    });
    return go_on;
  });
}

}  // namespace fabrik::cache
