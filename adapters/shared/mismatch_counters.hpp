// How often a client, or the disk, gave other bytes than a digest says.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fabrik::adapters {

// Thread-safe.
class MismatchCounters {
 public:
  struct Count {
    std::string path;  // "ByteStream.Write", "PUT /cas", ...
    std::string function;
    std::string instance;  // "*" for those beyond the first thousand
    std::uint64_t count = 0;
  };

  // `path`: the call; `instance`: its namespace.
  void count(std::string_view path, std::string_view instance);
  std::vector<Count> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
};

}  // namespace fabrik::adapters
