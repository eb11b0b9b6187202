#include "cache/paged_scan.hpp"

#include <utility>
#include <vector>

namespace fabrik::cache {
namespace {

constexpr std::size_t kPageRecords = 512;
constexpr std::size_t kPageBytes = 4 * 1024 * 1024;

}  // namespace

Result<void> for_each_in(
    const RocksDb& db, Family family, const std::stop_token& stop,
    const std::function<Result<void>(const std::string&, const std::string&)>& visit) {
  std::string from;
  bool more = true;
  while (more && !stop.stop_requested()) {
    std::vector<std::pair<std::string, std::string>> page;
    std::size_t bytes = 0;
    more = false;
    FABRIK_CHECK(db.enter().scan(family, from, [&](std::string_view key, std::string_view value) {
      page.emplace_back(key, value);
      bytes += value.size();
      more = page.size() >= kPageRecords || bytes >= kPageBytes;
      return !more;
    }));
    for (const auto& [key, value] : page) {
      if (stop.stop_requested()) {
        return {};
      }
      FABRIK_CHECK(visit(key, value));
    }
    if (more) {
      from = page.back().first + '\0';
    }
  }
  return {};
}

}  // namespace fabrik::cache
