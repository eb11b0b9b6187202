// Conditional requests: If-Match, If-None-Match, If-Modified-Since,
// If-Unmodified-Since, If-Range.
// Source: RFC 9110 13. Pure functions over bytes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.hpp"

namespace fabrik::adapters {

// What is there now.
struct Validators {
  std::string etag;  // with its quotes
  std::chrono::system_clock::time_point modified;
};

enum class Verdict {
  proceed,
  not_modified,  // 304
  failed,        // 412
};

// A GET or HEAD. `current` is null when nothing is there, `prefix` stands before the
// names of the fields ("x-amz-copy-source-").
Verdict judge_read(const net::Headers& headers, const Validators* current,
                   std::string_view prefix = "");
// A PUT or DELETE; looks at If-Match and If-None-Match alone.
Verdict judge_write(const net::Headers& headers, const Validators* current);
// Whether a Range header counts: If-Range is not there, or names what is there now.
bool range_counts(const net::Headers& headers, const Validators& current);

// Whether a list like `"a", W/"b"` or `*` names this entity tag. Tags without quotes,
// which some clients send, count too.
bool names_etag(std::string_view list, std::string_view etag);

}  // namespace fabrik::adapters
