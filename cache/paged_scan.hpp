// Walks through a whole family without keeping anybody else waiting.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "cache/rocks_db.hpp"

namespace fabrik::cache {

// Everything in a family, page by page, with no session held during `visit`.
// What is added or removed meanwhile may or may not be seen. Steps over damage.
Result<void> for_each_in(
    const RocksDb& db, Family family, const std::stop_token& stop,
    const std::function<Result<void>(const std::string& key, const std::string& value)>& visit);

}  // namespace fabrik::cache
