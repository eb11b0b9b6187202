// From the command line and the configuration to what the parts are made with.
#pragma once

#include <filesystem>

#include "base/env.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "cache/rocks_store.hpp"
#include "config/load.hpp"
#include "daemon/arguments.hpp"
#include "net/http_limits.hpp"

namespace fabrik::daemon {

// Reads the snapshot; messages name the original.
Result<config::Loaded> load_config(const WorkerArguments& arguments, const Env& env);

// A relative cache.dir refers to the directory of the original file.
std::filesystem::path cache_dir(const WorkerArguments& arguments, const config::Config& config);

cache::RocksStoreOptions store_options(const WorkerArguments& arguments,
                                       const config::Config& config);
// What is kept compressed where it pays.
std::vector<cache::KeyPattern> compressed_parts(const config::Config& config);
net::HttpLimits http_limits(const config::Config& config);

// Where the log and the write audit are.
std::filesystem::path log_dir(const WorkerArguments& arguments);

// log/worker.log in the state directory, as JSON; the console in the foreground or
// without a state directory. A log that cannot be opened is no reason to fail.
std::unique_ptr<Log> open_worker_log(const WorkerArguments& arguments,
                                     const config::Config& config);

}  // namespace fabrik::daemon
