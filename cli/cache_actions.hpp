// What `fabrik cache <action>` does. Each answers with the exit status; `--json`
// prints one object.
#pragma once

#include "cli/cache_client.hpp"
#include "cli/command.hpp"

namespace fabrik::cli {

Result<int> cache_stats(const Invocation& invocation, const CacheClient& client);
Result<int> cache_list(const Invocation& invocation, const CacheClient& client);
Result<int> cache_info(const Invocation& invocation, const CacheClient& client);
Result<int> cache_remove(const Invocation& invocation, const CacheClient& client);
Result<int> cache_clear(const Invocation& invocation, const CacheClient& client);
Result<int> cache_verify(const Invocation& invocation, const CacheClient& client);
Result<int> cache_export(const Invocation& invocation, const CacheClient& client);
Result<int> cache_import(const Invocation& invocation, const CacheClient& client);

// Entries with that key, or with content of that SHA-256, as far as the options
// let them through.
Result<nlohmann::json> matching_entries(const Invocation& invocation, const CacheClient& client,
                                        const std::string& name);

}  // namespace fabrik::cli
