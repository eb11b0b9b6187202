// What ccache tells a storage helper at its start.
// Source: ccache 4.14, doc/remote_storage_helper_spec.md, "Storage helper startup".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::ccache_helper {

// How a key becomes a path, as in ccache's own HTTP client.
enum class Layout { subdirs, flat, bazel };

struct Settings {
  std::string endpoint;  // the Unix socket to listen on
  std::string address;   // of the daemon: IPv4
  std::uint16_t port = 0;
  std::string prefix;  // of all paths, "/ccache"
  std::string token;   // of a project in token mode; never printed
  Layout layout = Layout::subdirs;
  std::chrono::seconds idle_timeout{0};  // 0: stay
};

// invalid_argument: a variable is missing or makes no sense; the message names it.
Result<Settings> read_settings(const Env& env);

// "/ccache/ab/cdef..." for the bytes of a key.
std::string path_of(const Settings& settings, std::string_view key);

}  // namespace fabrik::ccache_helper
