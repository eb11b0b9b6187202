#include "bench/store_peers.hpp"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/fs.hpp"
#include "cache/rocks_log.hpp"
#include "cache/rocks_options.hpp"

namespace fabrik::bench {
namespace {

void require(bool holds, const char* what) {
  if (!holds) {
    std::perror(what);
    std::exit(1);
  }
}

class FileTree final : public Peer {
 public:
  explicit FileTree(const std::filesystem::path& dir) : dir_(dir) {
    for (unsigned shard = 0; shard < 256; ++shard) {
      std::filesystem::create_directories(dir_ / std::to_string(shard));
    }
  }
  void put(std::uint64_t number, Bytes bytes) override {
    const std::string target = path_of(number);
    const std::string temporary = target + ".tmp";
    {
      const UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      require(file && write_all(file.get(), as_text(bytes)), "write");
    }
    require(::rename(temporary.c_str(), target.c_str()) == 0, "rename");
  }
  void get(std::uint64_t number) override {
    const UniqueFd file(::open(path_of(number).c_str(), O_RDONLY | O_CLOEXEC));
    require(bool(file), "open");
    ssize_t count = 0;
    do {
      count = ::read(file.get(), buffer_.data(), buffer_.size());
    } while (count > 0);
    require(count == 0, "read");
  }

 private:
  std::string path_of(std::uint64_t number) const {
    return dir_ / std::to_string(number % 256) / std::to_string(number);
  }

  std::filesystem::path dir_;
  std::string buffer_ = std::string(kChunkSize, '\0');
};

class BareRocksDb final : public Peer {
 public:
  explicit BareRocksDb(const std::filesystem::path& dir) : log_(null_log()) {
    auto options = cache::rocks_db_options(cache::rocks_log(*log_));
    std::vector<rocksdb::ColumnFamilyHandle*> families;
    rocksdb::DB* opened = nullptr;
    // "data": the family that holds small blobs.
    const auto status =
        rocksdb::DB::Open(options, dir, cache::rocks_families(), &families, &opened);
    require(status.ok(), "open RocksDB");
    db_.reset(opened);
    families_ = families;
  }
  ~BareRocksDb() override {
    for (auto* family : families_) {
      db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
    }
  }
  void put(std::uint64_t number, Bytes bytes) override {
    require(db_->Put({}, families_[2], std::to_string(number), as_text(bytes)).ok(), "put");
  }
  void get(std::uint64_t number) override {
    std::string value;
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    require(db_->Get(options, families_[2], std::to_string(number), &value).ok(), "get");
  }

 private:
  std::unique_ptr<Log> log_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace

std::unique_ptr<Peer> file_tree(const std::filesystem::path& dir) {
  return std::make_unique<FileTree>(dir);
}

std::unique_ptr<Peer> bare_rocksdb(const std::filesystem::path& dir) {
  return std::make_unique<BareRocksDb>(dir);
}

}  // namespace fabrik::bench
