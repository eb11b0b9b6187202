#include "activate/control_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <thread>

#include "activate/deadline.hpp"
#include "activate/status_json.hpp"
#include "base/unique_fd.hpp"
#include "statefs/json_file.hpp"
#include "statefs/lock.hpp"

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kListTimeout{500};

std::unexpected<Error> timed_out(const std::filesystem::path& socket) {
  return fail(Errc::timeout, "ask the daemon at " + socket.string() + ": no answer in time");
}

Result<void> wait_for(int fd, short events, const Deadline& deadline,
                      const std::filesystem::path& socket) {
  for (;;) {
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, deadline.poll_ms());
    if (ready > 0) {
      return {};
    }
    if (ready == 0) {
      return timed_out(socket);
    }
    if (errno != EINTR) {
      return fail_errno("wait for " + socket.string());
    }
  }
}

Result<sockaddr_un> address_of(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.native().size() >= sizeof address.sun_path) {
    return fail(Errc::invalid_argument, "connect to " + socket.string() + ": the path is too long");
  }
  std::ranges::copy(socket.native(), address.sun_path);
  return address;
}

Result<void> check_peer(int fd, const std::filesystem::path& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return fail_errno("ask who listens at " + socket.string());
  }
  if (peer.uid != ::geteuid()) {
    return fail(Errc::forbidden, "the process behind " + socket.string() + " belongs to user " +
                                     std::to_string(peer.uid) + ", not to you");
  }
  return {};
}

Result<UniqueFd> connect_to(const std::filesystem::path& socket, const Deadline& deadline) {
  FABRIK_TRY(const sockaddr_un address, address_of(socket));
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) {
    return fail_errno("make a socket");
  }
  while (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    switch (errno) {
      case EINTR:
        break;
      case EAGAIN:  // the queue of the listener is full
        if (deadline.passed()) {
          return timed_out(socket);
        }
        std::this_thread::sleep_for(milliseconds(2));
        break;
      case ENOENT:
      case ENOTDIR:
      case ECONNREFUSED:
        return fail(Errc::unavailable, "nobody listens at " + socket.string());
      default:
        return fail_errno("connect to " + socket.string());
    }
  }
  FABRIK_CHECK(check_peer(fd.get(), socket));
  return fd;
}

Result<void> send_all(int fd, std::string_view data, const Deadline& deadline,
                      const std::filesystem::path& socket) {
  while (!data.empty()) {
    const ssize_t count = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      data.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      FABRIK_CHECK(wait_for(fd, POLLOUT, deadline, socket));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return {};  // it may have answered before it hung up
    } else if (errno != EINTR) {
      return fail_errno("write to " + socket.string());
    }
  }
  return {};
}

Result<ControlReply> receive(int fd, const Deadline& deadline,
                             const std::filesystem::path& socket) {
  std::string received;
  std::array<char, 8192> buffer;
  for (;;) {
    FABRIK_CHECK(wait_for(fd, POLLIN, deadline, socket));
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (count <= 0 && received.empty()) {
      return fail(Errc::unavailable, "the daemon at " + socket.string() + " hung up");
    }
    if (count > 0) {
      received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    FABRIK_TRY(auto reply, parse_reply(received, count <= 0));
    if (reply) {
      return *std::move(reply);
    }
  }
}

Result<std::optional<DaemonStatus>> none_if_unavailable(Result<DaemonStatus> status) {
  if (status) {
    return *std::move(status);
  }
  if (status.error().code == Errc::unavailable) {
    return std::nullopt;
  }
  return fail(std::move(status).error());
}

Result<DaemonStatus> ask(const statefs::Paths& paths, std::string_view project_id,
                         std::string_view method, std::string_view target, std::string_view body,
                         milliseconds timeout) {
  FABRIK_TRY(const ControlReply reply,
             control_request(paths.control_socket(project_id), method, target, body, timeout));
  return status_of(reply);
}

}  // namespace

Result<ControlReply> control_request(const std::filesystem::path& socket, std::string_view method,
                                     std::string_view target, std::string_view body,
                                     milliseconds timeout) {
  const Deadline deadline(timeout);
  FABRIK_TRY(const UniqueFd fd, connect_to(socket, deadline));
  FABRIK_CHECK(send_all(fd.get(), format_request(method, target, body), deadline, socket));
  return receive(fd.get(), deadline, socket);
}

Result<std::optional<DaemonStatus>> query_status(const statefs::Paths& paths,
                                                 std::string_view project_id,
                                                 milliseconds timeout) {
  FABRIK_TRY(auto status,
             none_if_unavailable(ask(paths, project_id, "GET", "/v1/status", "", timeout)));
  if (status && status->project_id != project_id) {
    return fail(Errc::conflict, "the daemon at " + paths.control_socket(project_id).string() +
                                    " serves another project");
  }
  return status;
}

Result<bool> stop_daemon(const statefs::Paths& paths, std::string_view project_id,
                         milliseconds timeout) {
  const Deadline deadline(timeout);
  const auto stopped = ask(paths, project_id, "POST", "/v1/stop", "{}", timeout);
  if (!stopped && stopped.error().code == Errc::unavailable) {
    return false;
  }
  if (!stopped) {
    return fail(Error(stopped.error()).with_context("stop the daemon"));
  }
  // It answers before its very end; the kernel gives its lock back at the end.
  FABRIK_TRY(const auto lock,
             statefs::Lock::acquire(paths.daemon_lock(project_id), deadline.left()));
  (void)lock;
  return true;
}

Result<DaemonStatus> restart_daemon(const statefs::Paths& paths, std::string_view project_id,
                                    milliseconds timeout, std::string_view request) {
  return ask(paths, project_id, "POST", "/v1/restart", request, timeout);
}

Result<DaemonStatus> activate_daemon(const statefs::Paths& paths, std::string_view project_id,
                                     const ActivateRequest& request, milliseconds timeout) {
  return ask(paths, project_id, "POST", "/v1/activate", to_json(request), timeout);
}

std::vector<DaemonStatus> list_daemons(const statefs::Paths& paths) {
  std::vector<DaemonStatus> daemons;
  std::error_code error;
  for (std::filesystem::directory_iterator at(paths.runtime, error), end; !error && at != end;
       at.increment(error)) {
    const std::string id = at->path().filename().string();
    if (!statefs::is_short_hash(id)) {
      continue;
    }
    if (auto status = query_status(paths, id, kListTimeout); status && *status) {
      daemons.push_back(**std::move(status));
    }
  }
  std::ranges::sort(daemons, {}, &DaemonStatus::config_path);
  return daemons;
}

Result<std::string> worker_get(const statefs::Paths& paths, std::string_view project_id,
                               std::string_view target, milliseconds timeout) {
  FABRIK_TRY(ControlReply reply,
             control_request(paths.worker_socket(project_id), "GET", target, "", timeout));
  if (reply.status != 200) {
    return fail(Errc::internal, "the worker answered " + std::string(target) + " with status " +
                                    std::to_string(reply.status));
  }
  return std::move(reply.body);
}

}  // namespace fabrik::activate
