// What an S3 request names and asks for. Pure functions over bytes.
// Source: Amazon S3 API Reference, "Actions"; path style, below /s3.
#pragma once

#include <string>
#include <string_view>

#include "adapters/s3/error.hpp"
#include "net/http_message.hpp"

namespace fabrik::adapters {

enum class S3Operation {
  // on the service
  list_buckets,
  // on a bucket
  head_bucket,
  create_bucket,
  delete_bucket,
  get_location,
  get_versioning,
  list_objects,
  list_objects_v2,
  list_uploads,
  delete_objects,
  // on an object
  get_object,
  head_object,
  put_object,
  copy_object,
  delete_object,
  // on an upload in parts
  create_upload,
  upload_part,
  upload_part_copy,
  list_parts,
  complete_upload,
  abort_upload,
};

// `bucket` and `key` are decoded; keys are kept as they are: "a/../b" is the name of
// one object like any other, and never another spelling of "b".
struct S3Target {
  S3Operation operation = S3Operation::list_buckets;
  std::string bucket;
  std::string key;
};

// Whether the path is S3's at all: /s3 and below.
bool is_s3_path(std::string_view path);

// not_implemented: a sub-resource (?acl, ?policy) that a cache has no use for.
// no_such_key instead of a complaint about a name that only reads.
S3Result<S3Target> parse_s3_target(const net::Request& request);

// "/bucket/key" or "bucket/key", percent-encoded, as in x-amz-copy-source.
S3Result<S3Target> parse_copy_source(std::string_view source);

// 1 to 255 of [A-Za-z0-9._-], first and last a letter or digit: more than S3 allows,
// because old buckets and test set-ups have such names.
bool is_bucket_name(std::string_view name);

// Valid UTF-8 without NUL, 1 to 1024 bytes.
bool is_object_key(std::string_view key);

}  // namespace fabrik::adapters
