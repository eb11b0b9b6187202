// What is in a bucket, in pages.
// Source: Amazon S3 API Reference, ListObjectsV2: keys in the order of their bytes;
// those that share what stands before the delimiter become one common prefix.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cache/content_api.hpp"
#include "net/task.hpp"

namespace fabrik::adapters {

struct S3ListQuery {
  std::string bucket;
  std::string prefix;
  std::string delimiter;   // empty: no common prefixes
  std::string after;       // only what comes behind this key or common prefix
  std::size_t max = 1000;  // objects and common prefixes together
};

struct S3ListPage {
  std::vector<std::pair<std::string, cache::EntryInfo>> objects;
  std::vector<std::string> prefixes;
  bool truncated = false;
  std::string last;  // where a next page goes on; the `after` for it

  std::size_t size() const { return objects.size() + prefixes.size(); }
};

net::Task<Result<S3ListPage>> list_objects(cache::ContentApi& content, const S3ListQuery& query);

// The buckets that hold something, at most `max`.
net::Task<Result<std::vector<std::string>>> list_buckets(cache::ContentApi& content,
                                                         std::size_t max);

// The least text behind all texts that start with `prefix`; empty: there is none.
std::string behind_prefix(std::string prefix);

}  // namespace fabrik::adapters
