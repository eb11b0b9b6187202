// The rc file that points Bazel at a project's daemon.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fabrik::activate {

// Only options that every Bazel since 4 knows. Over http:// and not grpc://, because
// Bazel (4.2.3) ends a build with exit code 34 when nobody listens on a gRPC port,
// and goes on with a warning when nobody listens on an HTTP port. `served` false:
// without options, so that whoever imports the file builds without a cache. `token`:
// what clients present in token mode, empty otherwise.
std::string bazel_rc(std::uint16_t http_port, bool served, std::string_view token);

}  // namespace fabrik::activate
