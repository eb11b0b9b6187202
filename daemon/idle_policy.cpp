#include "daemon/idle_policy.hpp"

#include <algorithm>

namespace fabrik::daemon {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestWait = std::chrono::seconds(10);
constexpr milliseconds kShortestWait{10};

milliseconds bounded(milliseconds wait) {
  return std::clamp(wait, kShortestWait, kLongestWait);
}

}  // namespace

IdlePolicy::Step IdlePolicy::next(std::chrono::steady_clock::time_point now,
                                  const Activity& activity) {
  const bool may_exit = settings_.exit_after.count() > 0;
  if (activity.busy) {
    return {Action::wait, bounded(may_exit ? settings_.exit_after : kLongestWait)};
  }
  const auto quiet = std::chrono::duration_cast<milliseconds>(now - activity.last_request);
  if (may_exit && quiet >= settings_.exit_after) {
    return {Action::exit, {}};
  }
  milliseconds wait = may_exit ? settings_.exit_after - quiet : kLongestWait;
  if (activity.last_request > flushed_up_to_) {
    if (quiet >= settings_.flush_after) {
      flushed_up_to_ = activity.last_request;
      return {Action::flush, {}};
    }
    wait = std::min(wait, settings_.flush_after - quiet);
  }
  return {Action::wait, bounded(wait)};
}

}  // namespace fabrik::daemon
