// What supervisor_core.hpp does when nobody asks.
#include <algorithm>

#include "activate/supervisor_core.hpp"
#include "base/listen.hpp"
#include "statefs/run_dir.hpp"

namespace fabrik::activate {

std::optional<SupervisorCore::Time> SupervisorCore::next_deadline() const {
  Time next = next_check_;
  for (const auto& at : {worker_.deadline(), retry_at_}) {
    next = at ? std::min(next, *at) : next;
  }
  return next;
}

void SupervisorCore::tick() {
  const Time now = clock_.steady_now();
  worker_.enforce_deadline();
  if (retry_at_ && now >= *retry_at_) {
    start_worker();
  }
  if (now >= next_check_ && !finished()) {
    next_check_ = now + kUpkeepEvery;
    house_keeping();
  }
}

// Somebody may tidy up below us: a logout removes the runtime directory, a
// clean-up script the state directory.
void SupervisorCore::house_keeping() {
  const auto lost = [this](const Error& error) {
    host_.log().error("the runtime directory is gone", {{"error", error.message}});
    stop();
  };
  if (auto made = statefs::prepare_run_dir(parts_.paths, parts_.project_id); !made) {
    return lost(made.error());
  }
  const auto lock_path = parts_.paths.daemon_lock(parts_.project_id);
  if (!parts_.lock.still_at(lock_path)) {
    auto again = statefs::Lock::acquire(lock_path, std::chrono::milliseconds(0));
    if (!again) {
      disowned_ = true;  // the state is another supervisor's by now
      return lost(again.error());
    }
    parts_.lock = *std::move(again);
  }
  if (!is_in_place(socket_names_[0])) {
    if (auto fd = listen_on_unix(socket_names_[0].path)) {
      parts_.listeners.control = *std::move(fd);
      socket_names_[0] = name_of_socket(socket_names_[0].path);
    }
  }
  if (intent_ == Intent::none && !parts_.generation.dir.is_published()) {
    auto dir = statefs::DaemonDir::create(parts_.paths, parts_.generation.hash);
    if (dir && dir->write_snapshot(parts_.generation.source.content)) {
      publish();
      host_.reopen_log(parts_);
    }
  }
  // The worker holds the old socket: a fresh worker gets the new one.
  if (!is_in_place(socket_names_[1]) && !busy()) {
    if (auto fd = listen_on_unix(socket_names_[1].path)) {
      parts_.listeners.admin = *std::move(fd);
      socket_names_[1] = name_of_socket(socket_names_[1].path);
      begin(Intent::restart);
    }
  }
}

}  // namespace fabrik::activate
