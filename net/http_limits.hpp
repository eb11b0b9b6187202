// How much an HTTP client may send, and how long it may take.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fabrik::net {

struct HttpLimits {
  std::size_t head_bytes = 64 * 1024;  // request line and all fields
  std::size_t head_fields = 256;

  // From the first byte of a request to the end of its head.
  std::chrono::milliseconds head_timeout = std::chrono::seconds(5);
  // Between requests of one connection. Gradle and Nx keep theirs for a minute.
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);
  // No byte of an announced body for this long ...
  std::chrono::milliseconds body_stall = std::chrono::seconds(30);
  // ... or, after that grace, fewer bytes per second of waiting than this.
  std::uint64_t body_min_rate = 1024;
  // The client takes no byte of the response for this long. Generous: a build
  // that was stopped with Ctrl-Z goes on.
  std::chrono::milliseconds write_stall = std::chrono::minutes(2);
  // How exact the times above are.
  std::chrono::milliseconds tick = std::chrono::seconds(1);

  // Unread body bytes that are read and dropped so that the client gets its
  // answer; beyond that the connection is closed after the answer.
  std::uint64_t drain_bytes = std::uint64_t{4} << 30;

  std::size_t connections = 1024;              // more wait in the kernel's queue
  std::uint32_t concurrent_requests = 10'000;  // more wait for their turn ...
  // ... and are answered as overloaded (Request::overloaded) after that time. Compilers
  // wait for each answer: longer would cost them more than a miss.
  std::chrono::milliseconds queue_patience = std::chrono::seconds(3);
};

}  // namespace fabrik::net
