// The sockets a project is reached by. The supervisor owns them for life, so
// that a connection made while no worker runs waits instead of failing.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::activate {

struct Listeners {
  UniqueFd http;     // 127.0.0.1:http_port; the worker accepts from it
  UniqueFd grpc;     // 127.0.0.1:grpc_port; likewise
  UniqueFd control;  // control.sock; we accept from it
  UniqueFd admin;    // worker.sock; the worker accepts from it
  std::uint16_t http_port = 0;
  std::uint16_t grpc_port = 0;
};

struct TcpListener {
  UniqueFd fd;
  std::uint16_t port = 0;
};

// 127.0.0.1 and nothing wider. Port 0: the kernel's choice. conflict: still taken
// after `patience` (a worker that lost its supervisor may hold it while it drains).
Result<TcpListener> listen_tcp(std::uint16_t port, std::chrono::milliseconds patience = {});

// The first of these that can be had: `fixed`, which must not fail; `sticky`, which
// may; any. 0: none such.
Result<TcpListener> listen_tcp_as_before(std::uint16_t fixed, std::uint16_t sticky,
                                         std::chrono::milliseconds patience);

// Whether somebody waits to be accepted by the worker.
bool has_waiting_connection(const Listeners& listeners);

// The name of a listening Unix socket, to notice when it is deleted or replaced:
// stat(2) of the descriptor does not show the inode of the name.
struct SocketName {
  std::filesystem::path path;
  std::uint64_t inode = 0;
};
SocketName name_of_socket(const std::filesystem::path& path);
bool is_in_place(const SocketName& name);

}  // namespace fabrik::activate
