#include "activate/ownership.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace fabrik::activate {
namespace {

bool became_root(const Env& env) {
  return env.non_empty("SUDO_UID") || env.non_empty("DOAS_USER") || env.non_empty("PKEXEC_UID");
}

Result<void> check_config(const config::Source& source, bool trusted, const Env& env) {
  struct stat info{};
  if (::stat(source.path.c_str(), &info) != 0) {
    return fail_errno("look at " + source.path.string());
  }
  const uid_t us = ::geteuid();
  if (info.st_uid == us) {
    return {};
  }
  const std::string whose =
      source.path.string() + " belongs to user " + std::to_string(info.st_uid);
  if (us == 0) {
    return became_root(env)
               ? Result<void>(fail(Errc::forbidden, whose + ", not to root: no daemon is started"))
               : Result<void>();
  }
  if (info.st_uid == 0 || trusted) {
    return {};
  }
  return fail(Errc::forbidden, whose + ", not to you: run `fabrik trust` to use it");
}

// Ours or root's at the first place that exists: root must not leave its own
// directories in a user's home.
Result<void> check_place(std::filesystem::path path) {
  struct stat info{};
  while (::stat(path.c_str(), &info) != 0) {
    if (path == path.parent_path()) {
      return {};
    }
    path = path.parent_path();
  }
  if (info.st_uid == ::geteuid() || info.st_uid == 0) {
    return {};
  }
  return fail(Errc::forbidden, path.string() + " belongs to user " + std::to_string(info.st_uid) +
                                   ", not to you: no daemon is started");
}

}  // namespace

Result<void> check_ownership(const config::Source& source, bool trusted, const Env& env,
                             const statefs::Paths& paths) {
  FABRIK_CHECK(check_config(source, trusted, env));
  return check_place(paths.state);
}

}  // namespace fabrik::activate
