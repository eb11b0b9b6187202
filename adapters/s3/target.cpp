#include "adapters/s3/target.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace fabrik::adapters {
namespace {

constexpr std::string_view kRoot = "/s3";
constexpr std::size_t kMaxBucket = 255;
constexpr std::size_t kMaxKey = 1024;

bool is_alnum(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Sub-resources that change what a request means; nothing of a cache's.
constexpr std::array<std::string_view, 24> kForeign = {"accelerate",
                                                       "acl",
                                                       "analytics",
                                                       "attributes",
                                                       "cors",
                                                       "encryption",
                                                       "intelligent-tiering",
                                                       "inventory",
                                                       "legal-hold",
                                                       "lifecycle",
                                                       "logging",
                                                       "metrics",
                                                       "notification",
                                                       "object-lock",
                                                       "ownershipControls",
                                                       "policy",
                                                       "policyStatus",
                                                       "publicAccessBlock",
                                                       "replication",
                                                       "requestPayment",
                                                       "restore",
                                                       "retention",
                                                       "tagging",
                                                       "website"};

// The names of the query's parameters.
class Query {
 public:
  explicit Query(std::string_view query) : query_(query) {}

  bool has(std::string_view name) const {
    for (std::string_view rest = query_; !rest.empty();) {
      const std::size_t end = std::min(rest.find('&'), rest.size());
      const std::string_view pair = rest.substr(0, end);
      if (pair.substr(0, pair.find('=')) == name) {
        return true;
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
  }
  bool has_foreign() const {
    return std::ranges::any_of(kForeign, [this](std::string_view name) { return has(name); });
  }

 private:
  std::string_view query_;
};

std::optional<S3Operation> on_bucket(const net::Request& request, const Query& query) {
  switch (request.method) {
    case net::Method::get:
      if (query.has("location")) {
        return S3Operation::get_location;
      }
      if (query.has("versioning")) {
        return S3Operation::get_versioning;
      }
      if (query.has("uploads")) {
        return S3Operation::list_uploads;
      }
      return request.query_parameter("list-type") == "2" ? S3Operation::list_objects_v2
                                                         : S3Operation::list_objects;
    case net::Method::head:
      return S3Operation::head_bucket;
    case net::Method::put:
      return S3Operation::create_bucket;
    case net::Method::del:
      return S3Operation::delete_bucket;
    case net::Method::post:
      return query.has("delete") ? std::optional(S3Operation::delete_objects) : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<S3Operation> on_object(const net::Request& request, const Query& query) {
  const bool part = query.has("uploadId");
  const bool copy = request.headers.get("x-amz-copy-source").has_value();
  switch (request.method) {
    case net::Method::get:
      return part ? S3Operation::list_parts : S3Operation::get_object;
    case net::Method::head:
      return S3Operation::head_object;
    case net::Method::put:
      if (part) {
        return copy ? S3Operation::upload_part_copy : S3Operation::upload_part;
      }
      return copy ? S3Operation::copy_object : S3Operation::put_object;
    case net::Method::post:
      if (query.has("uploads")) {
        return S3Operation::create_upload;
      }
      return part ? std::optional(S3Operation::complete_upload) : std::nullopt;
    case net::Method::del:
      return part ? S3Operation::abort_upload : S3Operation::delete_object;
    default:
      return std::nullopt;
  }
}

std::optional<S3Operation> operation_of(const net::Request& request, const S3Target& target) {
  const Query query(request.query);
  if (target.bucket.empty()) {
    return request.method == net::Method::get ? std::optional(S3Operation::list_buckets)
                                              : std::nullopt;
  }
  return target.key.empty() ? on_bucket(request, query) : on_object(request, query);
}

bool only_reads(net::Method method) {
  return method == net::Method::get || method == net::Method::head;
}

// `path` without the slash before the bucket; "" is the service.
S3Result<S3Target> names_in(std::string_view path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const auto bucket = net::percent_decode(path.substr(0, slash));
  const auto key = net::percent_decode(path.substr(std::min(slash + 1, path.size())));
  if (!bucket || !key) {
    return s3_fail(S3Code::invalid_uri, "the path is not validly percent-encoded");
  }
  if (!bucket->empty() && !is_bucket_name(*bucket)) {
    return s3_fail(S3Code::invalid_bucket_name, "this cannot be the name of a bucket");
  }
  if (key->size() > kMaxKey) {
    return s3_fail(S3Code::key_too_long, "a key has at most 1024 bytes");
  }
  if (!key->empty() && (bucket->empty() || !is_object_key(*key))) {
    return s3_fail(S3Code::invalid_uri, "a key must be valid UTF-8, in a bucket");
  }
  return S3Target{.operation = {}, .bucket = *bucket, .key = *key};
}

// How many bytes a UTF-8 sequence with this first byte has; 0: it is none.
std::size_t sequence_length(unsigned char first) {
  return first < 0x80   ? 1
         : first < 0xc2 ? 0
         : first < 0xe0 ? 2
         : first < 0xf0 ? 3
         : first < 0xf5 ? 4
                        : 0;
}

}  // namespace

bool is_s3_path(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

bool is_bucket_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxBucket && is_alnum(name.front()) &&
         is_alnum(name.back()) && std::ranges::all_of(name, [](char c) {
           return is_alnum(c) || c == '.' || c == '-' || c == '_';
         });
}

bool is_object_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKey || key.contains('\0')) {
    return false;
  }
  while (!key.empty()) {
    const std::size_t length = sequence_length(static_cast<unsigned char>(key.front()));
    if (length == 0 || key.size() < length ||
        !std::ranges::all_of(key.substr(1, length - 1), [](char c) {
          return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
        })) {
      return false;
    }
    key.remove_prefix(length);
  }
  return true;
}

S3Result<S3Target> parse_s3_target(const net::Request& request) {
  std::string_view path = request.path;
  path.remove_prefix(std::min(kRoot.size() + 1, path.size()));
  S3Result<S3Target> target = names_in(path);
  if (!target && only_reads(request.method)) {
    return s3_fail(S3Code::no_such_key, "nothing can have this name: " + target.error().message);
  }
  if (!target) {
    return target;
  }
  const std::optional<S3Operation> operation = operation_of(request, *target);
  if (!operation) {
    return s3_fail(S3Code::method_not_allowed, "this method means nothing here");
  }
  if (Query(request.query).has_foreign()) {
    return s3_fail(S3Code::not_implemented,
                   "this cache has no such property of buckets or objects");
  }
  target->operation = *operation;
  return target;
}

S3Result<S3Target> parse_copy_source(std::string_view source) {
  if (source.starts_with('/')) {
    source.remove_prefix(1);
  }
  if (source.contains("?versionId=")) {
    return s3_fail(S3Code::not_implemented, "this cache keeps no versions");
  }
  S3Result<S3Target> target = names_in(source);
  if (target && target->key.empty()) {
    return s3_fail(S3Code::invalid_argument, "x-amz-copy-source must be <bucket>/<key>");
  }
  return target;
}

}  // namespace fabrik::adapters
