#include "adapters/oci/sessions.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>

namespace fabrik::adapters {
namespace {

Result<std::string> random_id() {
  std::array<std::byte, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return fail_errno("name an upload: read random bytes");
  }
  return to_hex(bytes);
}

}  // namespace

Result<std::string> OciSessions::add(const std::string& repository) {
  FABRIK_TRY(std::string id, random_id());
  const std::lock_guard lock(mutex_);
  forget_old_ones();
  if (!make_room()) {
    return fail(Errc::unavailable, std::to_string(limits_.count) +
                                       " uploads are going on already; try again in a moment");
  }
  auto entry = std::make_shared<Entry>();
  entry->repository = repository;
  entry->last_used = clock_.steady_now();
  entries_.emplace(id, std::move(entry));
  return id;
}

Result<OciSessions::Turn> OciSessions::take(const std::string& repository, const std::string& id) {
  const std::lock_guard lock(mutex_);
  forget_old_ones();
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second->repository != repository) {
    return fail(Errc::not_found, "no such upload");
  }
  if (found->second->busy) {
    return fail(Errc::conflict, "another request is sending to this upload");
  }
  found->second->busy = true;
  return Turn(*this, found->second);
}

bool OciSessions::erase(const std::string& repository, const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second->repository != repository) {
    return false;
  }
  entries_.erase(found);
  return true;
}

std::size_t OciSessions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void OciSessions::forget_old_ones() {
  const auto oldest = clock_.steady_now() - limits_.idle;
  std::erase_if(entries_, [oldest](const auto& item) {
    return !item.second->busy && item.second->last_used < oldest;
  });
}

bool OciSessions::make_room() {
  if (entries_.size() < limits_.count) {
    return true;
  }
  auto victim = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (!at->second->busy &&
        (victim == entries_.end() || at->second->last_used < victim->second->last_used)) {
      victim = at;
    }
  }
  if (victim == entries_.end()) {
    return false;
  }
  entries_.erase(victim);
  return true;
}

void OciSessions::give_back(Entry& entry) {
  const std::lock_guard lock(mutex_);
  entry.busy = false;
  entry.last_used = clock_.steady_now();
}

}  // namespace fabrik::adapters
