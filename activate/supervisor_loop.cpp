#include "activate/supervisor_loop.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <span>

#include "activate/deadline.hpp"
#include "base/resident_memory.hpp"

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFlush{1000};
enum Slot : std::size_t { kSignals, kWorker, kHttp, kGrpc, kAdmin, kFirstConnection };

int timeout_ms(const SupervisorCore& core, const ControlServer& server, const Clock& clock) {
  auto next = core.next_deadline();
  if (const auto at = server.next_deadline(); at && (!next || *at < *next)) {
    next = at;
  }
  if (!next) {
    return -1;
  }
  const auto left = std::chrono::ceil<milliseconds>(*next - clock.steady_now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

void collect(const SupervisorCore& core, const ControlServer& server, int signals,
             std::vector<pollfd>& entries) {
  const Listeners& listeners = core.listeners();
  const bool idle = core.wants_connections();
  entries.clear();
  entries.push_back({signals, POLLIN, 0});
  entries.push_back({core.worker_ready_fd(), POLLIN, 0});  // poll skips negative numbers
  entries.push_back({idle ? listeners.http.get() : -1, POLLIN, 0});
  entries.push_back({idle ? listeners.grpc.get() : -1, POLLIN, 0});
  entries.push_back({idle ? listeners.admin.get() : -1, POLLIN, 0});
  server.collect(listeners.control.get(), entries);
}

void handle_signals(SupervisorCore& core, int signals) {
  signalfd_siginfo info{};
  while (::read(signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      core.child_ended();
    } else {
      core.stop();
    }
  }
}

void dispatch(SupervisorCore& core, ControlServer& server, std::span<const pollfd> entries) {
  if (entries[kWorker].revents != 0) {
    core.worker_spoke();
  }
  if (entries[kSignals].revents != 0) {
    handle_signals(core, entries[kSignals].fd);
  }
  if ((entries[kHttp].revents | entries[kGrpc].revents | entries[kAdmin].revents) != 0) {
    core.connection_waits();
  }
  const int listener = core.listeners().control.get();
  for (ControlCall& call : server.serve(listener, entries.subspan(kFirstConnection))) {
    core.handle(std::move(call));
  }
}

void flush(ControlServer& server) {
  const Deadline deadline(kFlush);
  std::vector<pollfd> entries;
  while (!server.flushed() && !deadline.passed()) {
    entries.clear();
    server.collect(-1, entries);
    if (::poll(entries.data(), entries.size(), deadline.poll_ms()) > 0) {
      (void)server.serve(-1, entries);
    }
  }
}

}  // namespace

Result<UniqueFd> take_signals(bool foreground) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // an ignored SIGCHLD would reap for us
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT}) {
    ::sigaddset(&set, number);
  }
  if (foreground) {
    ::sigaddset(&set, SIGHUP);
  } else {
    ::signal(SIGHUP, SIG_IGN);
  }
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) {
    return fail_errno("block signals");
  }
  UniqueFd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) {
    return fail_errno("make signals readable");
  }
  return fd;
}

void run_supervisor_loop(SupervisorCore& core, ControlServer& server, int signals,
                         const Clock& clock, std::vector<ControlCall> waiting) {
  core.start();
  for (ControlCall& call : waiting) {
    core.resume_call(std::move(call));
  }
  std::vector<pollfd> entries;
  bool slim = false;
  while (!core.finished()) {
    collect(core, server, signals, entries);
    const int ready = ::poll(entries.data(), entries.size(), timeout_ms(core, server, clock));
    if (ready > 0) {
      dispatch(core, server, entries);
    }
    if (core.settled() && (ready == 0 || !slim)) {
      release_idle_memory();
      slim = true;
    }
    server.enforce_deadlines();
    core.tick();
  }
  flush(server);
}

}  // namespace fabrik::activate
