#include "activate/control_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "activate/status_json.hpp"

namespace fabrik::activate {
namespace {

constexpr std::chrono::seconds kSlowClient{10};
constexpr std::size_t kMostConnections = 512;

bool is_ours(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

void ControlServer::collect(int listener, std::vector<pollfd>& entries) const {
  if (connections_.size() < kMostConnections) {
    entries.push_back({listener, POLLIN, 0});
  }
  for (const auto& [id, connection] : connections_) {
    short events = 0;  // a waiting client that hangs up is reported in any case
    if (connection.phase == Phase::reading) {
      events = POLLIN;
    } else if (connection.phase == Phase::writing) {
      events = POLLOUT;
    }
    entries.push_back({connection.fd.get(), events, 0});
  }
}

std::vector<ControlCall> ControlServer::serve(int listener, std::span<const pollfd> entries) {
  std::vector<ControlCall> calls;
  for (auto at = connections_.begin(); at != connections_.end();) {
    const int fd = at->second.fd.get();
    const auto found = std::ranges::find(entries, fd, &pollfd::fd);
    const short events = found == entries.end() ? short{0} : found->revents;
    at = events == 0 || advance(at->first, at->second, events, calls) ? std::next(at)
                                                                      : connections_.erase(at);
  }
  // After the others: a new connection may get a number that `entries` names.
  const auto found = std::ranges::find(entries, listener, &pollfd::fd);
  if (found != entries.end() && found->revents != 0) {
    accept_all(listener);
  }
  return calls;
}

void ControlServer::accept_all(int listener) {
  while (connections_.size() < kMostConnections) {
    UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
      return;
    }
    if (is_ours(fd.get())) {
      connections_.emplace(next_id_++, Connection{.fd = std::move(fd),
                                                  .phase = Phase::reading,
                                                  .buffer = {},
                                                  .deadline = clock_.steady_now() + kSlowClient});
    }
  }
}

bool ControlServer::advance(std::uint64_t id, Connection& connection, short events,
                            std::vector<ControlCall>& calls) {
  switch (connection.phase) {
    case Phase::reading:
      return read_some(id, connection, calls);
    case Phase::waiting:
      return (events & (POLLHUP | POLLERR | POLLNVAL)) == 0;
    case Phase::writing:
      return write_some(connection);
  }
  return false;
}

bool ControlServer::read_some(std::uint64_t id, Connection& connection,
                              std::vector<ControlCall>& calls) {
  std::array<char, 16 * 1024> buffer;
  const ssize_t count = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return true;
  }
  if (count <= 0) {
    return false;
  }
  connection.buffer.append(buffer.data(), static_cast<std::size_t>(count));
  auto request = parse_request(connection.buffer);
  if (!request) {
    begin_reply(connection, 400, to_json(request.error()));
    return write_some(connection);
  }
  if (*request) {
    connection.phase = Phase::waiting;
    connection.buffer = {};
    calls.push_back({id, **std::move(request)});
  }
  return true;
}

bool ControlServer::write_some(Connection& connection) {
  while (!connection.buffer.empty()) {
    const ssize_t count = ::send(connection.fd.get(), connection.buffer.data(),
                                 connection.buffer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return errno == EAGAIN;
    }
    connection.buffer.erase(0, static_cast<std::size_t>(count));
  }
  return false;
}

void ControlServer::begin_reply(Connection& connection, int status, std::string_view body) {
  connection.phase = Phase::writing;
  connection.buffer = format_reply(status, body);
  connection.deadline = clock_.steady_now() + kSlowClient;
}

void ControlServer::reply(std::uint64_t id, int status, std::string_view body) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) {
    return;
  }
  begin_reply(found->second, status, body);
  if (!write_some(found->second)) {
    connections_.erase(found);
  }
}

void ControlServer::enforce_deadlines() {
  const auto now = clock_.steady_now();
  std::erase_if(connections_, [now](const auto& entry) {
    return entry.second.phase != Phase::waiting && entry.second.deadline <= now;
  });
}

std::optional<std::chrono::steady_clock::time_point> ControlServer::next_deadline() const {
  std::optional<std::chrono::steady_clock::time_point> next;
  for (const auto& [id, connection] : connections_) {
    if (connection.phase != Phase::waiting && (!next || connection.deadline < *next)) {
      next = connection.deadline;
    }
  }
  return next;
}

bool ControlServer::flushed() const {
  return std::ranges::none_of(
      connections_, [](const auto& entry) { return entry.second.phase == Phase::writing; });
}

std::optional<int> ControlServer::descriptor(std::uint64_t id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? std::nullopt : std::optional(found->second.fd.get());
}

std::uint64_t ControlServer::adopt(UniqueFd fd) {
  const std::uint64_t id = next_id_++;
  connections_.emplace(id, Connection{.fd = std::move(fd),
                                      .phase = Phase::waiting,
                                      .buffer = {},
                                      .deadline = clock_.steady_now() + kSlowClient});
  return id;
}

}  // namespace fabrik::activate
