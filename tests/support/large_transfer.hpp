// How each protocol moves a large blob in and out, as its clients do. Failures are
// gtest's; safe to use from several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <vector>

#include "tests/support/daemon_process.hpp"
#include "tests/support/large_blob.hpp"

namespace fabrik::testing {

struct LargeRoute {
  const char* name;
  std::function<void(const WorkerHome&, const LargeBlob&)> upload;
  std::function<void(const WorkerHome&, const LargeBlob&)> download;  // and compare
  // What 64 transfers at once may take beyond an idle worker: 2 MiB each. gRPC holds whole
  // messages, of a MiB here, once as they arrive and once for us.
  std::uint64_t mebibytes_at_once = 128;
};
inline void PrintTo(const LargeRoute& route, std::ostream* out) {
  *out << route.name;
}

// HTTP: build tools, S3 in one and in many requests, registries likewise.
std::vector<LargeRoute> http_routes();
// The Remote Execution API's ByteStream.
LargeRoute bytestream_route();

}  // namespace fabrik::testing
