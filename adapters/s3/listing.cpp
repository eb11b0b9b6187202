#include "adapters/s3/listing.hpp"

#include <algorithm>

namespace fabrik::adapters {
namespace {

constexpr std::size_t kPage = 1000;

cache::EntryKey position(std::string bucket, std::string key) {
  return {.space = cache::Space::s3, .ns = std::move(bucket), .key = std::move(key)};
}

// Takes entries in order and knows where to go on.
class Collector {
 public:
  explicit Collector(const S3ListQuery& query) : query_(query) {}

  bool done() const { return done_; }
  // Where the next entry that matters can be.
  const std::string& next_key() const { return next_; }
  S3ListPage take() && { return std::move(page_); }

  void start() { next_ = std::max(query_.prefix, query_.after); }
  void end() { done_ = true; }

  void add(const cache::EntryKey& key, const cache::EntryInfo& info) {
    if (key.space != cache::Space::s3 || key.ns != query_.bucket ||
        !key.key.starts_with(query_.prefix)) {
      done_ = true;
      return;
    }
    if (key.key < next_ || key.key <= query_.after) {
      return;  // in a common prefix that was told already, or before the page
    }
    const std::string group = common_prefix(key.key);
    if (!group.empty()) {
      next_ = behind_prefix(group);
      if (group == query_.after || !room()) {
        return;
      }
      page_.prefixes.push_back(group);
      page_.last = group;
    } else if (room()) {
      page_.objects.emplace_back(key.key, info);
      page_.last = key.key;
      next_ = key.key + '\x01';
    }
  }

 private:
  // False: there is more than fits, and that is all one wanted to know.
  bool room() {
    if (page_.size() < query_.max) {
      return true;
    }
    page_.truncated = true;
    done_ = true;
    return false;
  }
  std::string common_prefix(const std::string& key) const {
    if (query_.delimiter.empty()) {
      return {};
    }
    const std::size_t at = key.find(query_.delimiter, query_.prefix.size());
    return at == std::string::npos ? std::string() : key.substr(0, at + query_.delimiter.size());
  }

  const S3ListQuery& query_;
  S3ListPage page_;
  std::string next_;
  bool done_ = false;
};

}  // namespace

std::string behind_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') {
    prefix.pop_back();
  }
  if (!prefix.empty()) {
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  }
  return prefix;
}

net::Task<Result<S3ListPage>> list_objects(cache::ContentApi& content, const S3ListQuery& query) {
  Collector collector(query);
  collector.start();
  while (!collector.done() && query.max != 0) {
    const cache::EntryKey from = position(query.bucket, collector.next_key());
    const std::size_t limit = std::min(kPage, query.max + 1);
    FABRIK_CO_TRY(const cache::EntryPage page, co_await content.list(&from, limit));
    for (const auto& [key, info] : page.entries) {
      if (!collector.done()) {
        collector.add(key, info);
      }
    }
    if (!page.next || page.entries.empty() || page.next->space != cache::Space::s3 ||
        page.next->ns != query.bucket) {
      collector.end();
    }
  }
  co_return std::move(collector).take();
}

net::Task<Result<std::vector<std::string>>> list_buckets(cache::ContentApi& content,
                                                         std::size_t max) {
  std::vector<std::string> buckets;
  cache::EntryKey from = position("0", "");
  while (buckets.size() < max) {
    FABRIK_CO_TRY(const cache::EntryPage page, co_await content.list(&from, 1));
    if (page.entries.empty() || page.entries.front().first.space != cache::Space::s3) {
      break;
    }
    const std::string& bucket = page.entries.front().first.ns;
    const bool parts = bucket.starts_with('?');  // of uploads (s3_uploads.cpp)
    if (!parts) {
      buckets.push_back(bucket);
    }
    from.ns = parts ? "@" : bucket + '\x01';
  }
  co_return buckets;
}

}  // namespace fabrik::adapters
