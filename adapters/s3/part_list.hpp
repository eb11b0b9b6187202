// The bodies of CompleteMultipartUpload and DeleteObjects. Pure functions over bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace fabrik::adapters {

inline constexpr unsigned kMaxPartNumber = 10'000;

struct S3PartName {
  unsigned number = 0;  // 1 to kMaxPartNumber
  std::string etag;
};
// In the order of the document. invalid_argument when it is no such document.
Result<std::vector<S3PartName>> parse_part_list(std::string_view xml);

struct S3DeleteList {
  std::vector<std::string> keys;  // at most 1000
  bool quiet = false;             // tell only of failures
};
Result<S3DeleteList> parse_delete_list(std::string_view xml);

}  // namespace fabrik::adapters
