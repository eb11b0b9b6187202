// How uploads in parts are kept, and how requests name them: only for s3_upload*.cpp.
#pragma once

#include <string>
#include <string_view>

#include "adapters/s3/objects.hpp"

namespace fabrik::adapters {

// The header field of an upload's entry that holds the key of its object.
inline constexpr std::string_view kObjectField = "?object";

// The entry of a part, in a namespace that no bucket can have; number 0 is the upload
// itself. "" and 0 sort before everything of that bucket.
cache::EntryKey part_key(const S3Target& target, std::string_view id, unsigned number);
// The key of the object that an upload's entry is for.
std::string_view object_of(const cache::EntryInfo& info);

std::string upload_id(const S3Call& call);
// 0: none, or none that can be.
unsigned part_number(const net::Request& request, std::string_view parameter);

Answer no_such_upload(const S3Call& call);

}  // namespace fabrik::adapters
