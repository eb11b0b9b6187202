// Resource names of google.bytestream as the Remote Execution API uses them
// (remote_execution.proto, ContentAddressableStorage). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cache/entry.hpp"

namespace fabrik::adapters::reapi {

struct ResourceName {
  std::string instance;   // may have several segments, or none
  std::string upload_id;  // writes only; clients use one for many blobs
  bool zstd = false;
  cache::BlobRef blob;  // size: of the uncompressed bytes
};

// [instance/]blobs/hash/size or [instance/]compressed-blobs/zstd/hash/size.
// invalid_argument says what is wrong with it.
Result<ResourceName> parse_read_name(std::string_view name);
// [instance/]uploads/id/ followed by the same, and by anything after a slash.
Result<ResourceName> parse_write_name(std::string_view name);

// Whether it can stand in a resource name: no segment is empty or reserved.
bool is_instance_name(std::string_view name);

// Exactly 64 lower-case hex digits, and a size that is not negative.
Result<cache::BlobRef> blob_ref(std::string_view hash, std::int64_t size);

}  // namespace fabrik::adapters::reapi
