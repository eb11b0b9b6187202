#include "adapters/s3/http_conditions.hpp"

#include <algorithm>

#include "adapters/s3/http_date.hpp"

namespace fabrik::adapters {
namespace {

using TimePoint = std::chrono::system_clock::time_point;

std::string_view bare(std::string_view tag) {
  while (!tag.empty() && (tag.front() == ' ' || tag.front() == '\t')) {
    tag.remove_prefix(1);
  }
  while (!tag.empty() && (tag.back() == ' ' || tag.back() == '\t')) {
    tag.remove_suffix(1);
  }
  if (tag.starts_with("W/")) {
    tag.remove_prefix(2);
  }
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') {
    tag = tag.substr(1, tag.size() - 2);
  }
  return tag;
}

struct Fields {
  const net::Headers& headers;
  std::string_view prefix;

  std::optional<std::string_view> get(std::string_view name) const {
    return headers.get(std::string(prefix) + std::string(name));
  }
  // A date that cannot be read counts as not given.
  std::optional<TimePoint> date(std::string_view name) const {
    const auto text = get(name);
    return text ? parse_http_date(*text) : std::nullopt;
  }
};

bool modified_after(const Validators& current, TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(current.modified) > time;
}

}  // namespace

bool names_etag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view tag = bare(list.substr(0, end));
    if (tag == "*" || (!tag.empty() && tag == bare(etag))) {
      return true;
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

Verdict judge_read(const net::Headers& headers, const Validators* current,
                   std::string_view prefix) {
  const Fields fields{headers, prefix};
  if (!current) {
    return Verdict::proceed;  // the answer is that it is not there
  }
  if (const auto tags = fields.get("if-match")) {
    if (!names_etag(*tags, current->etag)) {
      return Verdict::failed;
    }
  } else if (const auto since = fields.date("if-unmodified-since")) {
    if (modified_after(*current, *since)) {
      return Verdict::failed;
    }
  }
  if (const auto tags = fields.get("if-none-match")) {
    return names_etag(*tags, current->etag) ? Verdict::not_modified : Verdict::proceed;
  }
  if (const auto since = fields.date("if-modified-since")) {
    return modified_after(*current, *since) ? Verdict::proceed : Verdict::not_modified;
  }
  return Verdict::proceed;
}

Verdict judge_write(const net::Headers& headers, const Validators* current) {
  if (const auto tags = headers.get("if-match")) {
    if (!current || !names_etag(*tags, current->etag)) {
      return Verdict::failed;
    }
  }
  if (const auto tags = headers.get("if-none-match")) {
    if (current && names_etag(*tags, current->etag)) {
      return Verdict::failed;
    }
  }
  return Verdict::proceed;
}

bool range_counts(const net::Headers& headers, const Validators& current) {
  const auto condition = headers.get("if-range");
  if (!condition) {
    return true;
  }
  if (const auto date = parse_http_date(*condition)) {
    return !modified_after(current, *date);
  }
  return *condition == current.etag;  // RFC 9110 13.1.5: a strong comparison
}

}  // namespace fabrik::adapters
