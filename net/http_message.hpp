// HTTP requests and responses as adapters see them: plain data, no Beast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/caller.hpp"

namespace fabrik::net {

enum class Method { get, head, put, post, del, options, other };

// ASCII only, as HTTP field names and hosts compare.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Header fields in the order received or to be sent; names compare without case.
class Headers {
 public:
  // The first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  // How many fields have that name.
  std::size_t count(std::string_view name) const;
  // Replaces all fields of that name by one.
  void set(std::string_view name, std::string_view value);
  void add(std::string_view name, std::string_view value);
  void clear() { fields_.clear(); }

  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  Method method = Method::other;
  std::string method_name;  // as sent: "PATCH"
  std::string path;         // as sent, without the query, not percent-decoded; starts with '/'
  std::string query;        // as sent, without '?'
  Headers headers;
  std::optional<std::uint64_t> content_length;  // nullopt: chunked, or no body
  std::string peer;  // who sent it, for the audit record: "uid 1000", "token <subject>", "unknown"
  std::optional<Caller> caller;  // who has proved to be it, where callers have to
  // The server has no time for it, or is going away: to be answered without work, by
  // what the client takes for a miss, an accepted write or a reason to try later.
  bool overloaded = false;

  // The first query parameter of that name, percent-decoded.
  std::optional<std::string> query_parameter(std::string_view name) const;
};

// Decodes %XX (and '+' as a space only where `plus_is_space`). nullopt when
// malformed or when the result would contain NUL.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

struct Response {
  unsigned status = 200;
  Headers headers;  // Content-Length, Date, Connection are the transport's business
};

}  // namespace fabrik::net
