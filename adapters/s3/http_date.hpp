// Points in time as protocols write them. Pure functions over bytes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fabrik::adapters {

// "Fri, 24 May 2013 00:00:00 GMT" (RFC 9110 5.6.7). Whole seconds.
std::string http_date(std::chrono::system_clock::time_point time);
// Only that form; nullopt for the two obsolete ones and anything else.
std::optional<std::chrono::system_clock::time_point> parse_http_date(std::string_view text);
// "2013-05-24T00:00:00.000Z" (ISO 8601), as in XML bodies.
std::string iso_date(std::chrono::system_clock::time_point time);

}  // namespace fabrik::adapters
