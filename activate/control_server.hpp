// The supervisor's side of control.sock inside its poll loop. Never blocks on a
// client: sockets are nonblocking, sizes and times bounded.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "activate/control_message.hpp"
#include "base/clock.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::activate {

struct ControlCall {
  std::uint64_t id = 0;  // names the connection; never used twice
  ControlRequest request;
};

class ControlServer {
 public:
  explicit ControlServer(const Clock& clock) : clock_(clock) {}

  // Appends what to poll for. The listener is borrowed.
  void collect(int listener, std::vector<pollfd>& entries) const;
  // Handles what poll() found and returns the requests that became complete.
  // Each is answered later with reply(). Connections of other users are dropped.
  std::vector<ControlCall> serve(int listener, std::span<const pollfd> entries);
  // Answers and closes. No effect when the client has gone.
  void reply(std::uint64_t id, int status, std::string_view body);
  // Drops clients that are too slow to ask or to listen.
  void enforce_deadlines();
  std::optional<std::chrono::steady_clock::time_point> next_deadline() const;
  // All replies are out, or given up.
  bool flushed() const;

  // For a new image of the process: the descriptor of a waiting connection, and
  // such a connection taken over.
  std::optional<int> descriptor(std::uint64_t id) const;
  std::uint64_t adopt(UniqueFd fd);

 private:
  enum class Phase { reading, waiting, writing };
  struct Connection {
    UniqueFd fd;
    Phase phase = Phase::reading;
    std::string buffer;  // received so far, or still to send
    std::chrono::steady_clock::time_point deadline;
  };
  using Connections = std::map<std::uint64_t, Connection>;

  void accept_all(int listener);
  // False: the connection is done with.
  bool advance(std::uint64_t id, Connection& connection, short events,
               std::vector<ControlCall>& calls);
  bool read_some(std::uint64_t id, Connection& connection, std::vector<ControlCall>& calls);
  bool write_some(Connection& connection);
  void begin_reply(Connection& connection, int status, std::string_view body);

  const Clock& clock_;
  Connections connections_;
  std::uint64_t next_id_ = 1;
};

}  // namespace fabrik::activate
