// What the store is compared with: the least that keeps bytes under a name. Neither
// hashes, checks, evicts or knows what it has in all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace fabrik::bench {

class Peer {
 public:
  virtual ~Peer() = default;
  virtual void put(std::uint64_t number, Bytes bytes) = 0;
  // Reads all of it; ends the program when it is not there.
  virtual void get(std::uint64_t number) = 0;
};

// A file each in 256 directories: written under another name, renamed.
std::unique_ptr<Peer> file_tree(const std::filesystem::path& dir);
// One RocksDB with the settings of the store's own index, values under their name.
std::unique_ptr<Peer> bare_rocksdb(const std::filesystem::path& dir);

}  // namespace fabrik::bench
