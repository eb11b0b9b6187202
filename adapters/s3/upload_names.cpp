#include "adapters/s3/upload_names.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "adapters/s3/part_list.hpp"

namespace fabrik::adapters {
namespace {

// No bucket is called like this.
std::string uploads_of(std::string_view bucket) {
  return "?uploads/" + std::string(bucket);
}

}  // namespace

cache::EntryKey part_key(const S3Target& target, std::string_view id, unsigned number) {
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%05u", number);
  return {.space = cache::Space::s3,
          .ns = uploads_of(target.bucket),
          .key = std::string(id) + "/" + digits.data()};
}

std::string upload_id(const S3Call& call) {
  return call.request().query_parameter("uploadId").value_or("");
}

unsigned part_number(const net::Request& request, std::string_view parameter) {
  const std::string text = request.query_parameter(parameter).value_or("");
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number <= kMaxPartNumber ? number : 0;
}

std::string_view object_of(const cache::EntryInfo& info) {
  for (const auto& [name, value] : info.meta.headers) {
    if (name == kObjectField) {
      return value;
    }
  }
  return {};
}

Answer no_such_upload(const S3Call& call) {
  return s3_failure({S3Code::no_such_upload, "there is no such upload of this object"},
                    call.request().path);
}

}  // namespace fabrik::adapters
