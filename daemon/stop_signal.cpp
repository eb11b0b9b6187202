#include "daemon/stop_signal.hpp"

#include <unistd.h>

#include <cerrno>

namespace fabrik::daemon {
namespace {

constexpr int kKilled = 128 + SIGTERM;

void leave_at_once(int) {
  ::_exit(kKilled);  // what was acknowledged is in the write-ahead log
}

}  // namespace

StopSignal::StopSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

bool StopSignal::wait(std::chrono::milliseconds timeout) {
  const timespec time{.tv_sec = timeout.count() / 1000,
                      .tv_nsec = (timeout.count() % 1000) * 1'000'000};
  return ::sigtimedwait(&signals_, nullptr, &time) > 0;
}

void StopSignal::next_one_kills() {
  struct sigaction action{};
  action.sa_handler = leave_at_once;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

}  // namespace fabrik::daemon
