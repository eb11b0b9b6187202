#include "config/discover.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "base/digest.hpp"
#include "base/read_all.hpp"
#include "base/unique_fd.hpp"

namespace fabrik::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSize = 64 * 1024;
constexpr const char* kFileName = "fabrik.toml";

std::string hash16(std::string_view text) {
  return sha256(as_bytes(text)).hex().substr(0, 16);
}

fs::path xdg(const Env& env, std::string_view variable, std::string_view below_home) {
  if (const auto value = env.non_empty(variable); value && value->starts_with('/')) {
    return *value;
  }
  const auto home = env.non_empty("HOME");
  return home && home->starts_with('/') ? fs::path(*home) / below_home : fs::path();
}

Result<void> check_owner(const struct stat& info, const fs::path& path) {
  if (info.st_uid == ::geteuid() || info.st_uid == 0) {
    return {};
  }
  return fail(Errc::forbidden, path.string() + " belongs to user " + std::to_string(info.st_uid) +
                                   ", not to you (user " + std::to_string(::geteuid()) +
                                   "), and is not used; to use it all the same, set "
                                   "FABRIK_CONFIG to its path");
}

enum class Owner { any, ours };

// Opens the canonical path without following links, so that what is read is
// what the path says even when somebody swaps links meanwhile.
Result<Source> read_checked(const fs::path& named, Owner owner) {
  std::error_code error;
  Source source;
  source.path = fs::canonical(named, error);
  if (error) {
    return fail(errno_error("read " + named.string(), error.value()));
  }
  const UniqueFd file(
      ::open(source.path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat info{};
  if (!file || ::fstat(file.get(), &info) != 0) {
    return fail_errno("read " + source.path.string());
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::invalid_argument,
                source.path.string() + " is not a regular file and is not used");
  }
  if (owner == Owner::ours) {
    FABRIK_CHECK(check_owner(info, source.path));
  }
  auto content = read_all(file.get(), kMaxSize);
  if (!content && content.error().code == Errc::too_large) {
    return fail(Errc::too_large, source.path.string() +
                                     " is larger than 64 KiB: this cannot be a configuration "
                                     "file; move it away");
  }
  if (!content) {
    return fail(std::move(content).error().with_context(source.path.string()));
  }
  source.content = *std::move(content);
  return source;
}

bool is_there(const fs::path& path) {
  struct stat info{};
  return !path.empty() && ::lstat(path.c_str(), &info) == 0;
}

fs::path canonical_or_empty(const std::optional<std::string>& text) {
  std::error_code error;
  return text && text->starts_with('/') ? fs::canonical(*text, error) : fs::path();
}

// The nearest directory with a fabrik.toml, or an empty path.
fs::path walk_up(const fs::path& directory, const Env& env) {
  std::error_code error;
  fs::path here = fs::canonical(directory, error);
  const fs::path home = canonical_or_empty(env.non_empty("HOME"));
  const fs::path above_home = home.has_relative_path() ? home.parent_path() : fs::path();
  const fs::path ceiling = canonical_or_empty(env.non_empty("FABRIK_CEILING"));
  struct stat info{};
  if (error || ::stat(here.c_str(), &info) != 0) {
    return {};
  }
  const dev_t device = info.st_dev;
  while (here != above_home && here != ceiling) {
    if (is_there(here / kFileName)) {
      return here / kFileName;
    }
    if (!here.has_relative_path()) {
      break;
    }
    here = here.parent_path();
    if (here == above_home || ::stat(here.c_str(), &info) != 0 || info.st_dev != device) {
      break;
    }
  }
  return {};
}

}  // namespace

std::string Source::config_hash() const {
  return hash16(path.string() + std::string(1, '\0') + content);
}

std::string Source::project_id() const {
  return hash16(path.string());
}

fs::path user_config_path(const Env& env) {
  const fs::path home = xdg(env, "XDG_CONFIG_HOME", ".config");
  return home.empty() ? fs::path() : home / "fabrik" / "config.toml";
}

fs::path user_cache_home(const Env& env) {
  return xdg(env, "XDG_CACHE_HOME", ".cache");
}

Result<std::optional<Source>> discover(const fs::path& directory, const Env& env) {
  if (const fs::path found = walk_up(directory, env); !found.empty()) {
    FABRIK_TRY(Source source, read_checked(found, Owner::ours));
    return source;
  }
  const fs::path user = user_config_path(env);
  if (!is_there(user)) {
    return std::nullopt;
  }
  FABRIK_TRY(Source source, read_checked(user, Owner::ours));
  source.is_user_config = true;
  return source;
}

Result<Source> read_source(const fs::path& path) {
  return read_checked(path, Owner::any);
}

Result<std::optional<Source>> select_source(const fs::path& named, const fs::path& directory,
                                            const Env& env) {
  fs::path path = named;
  for (const std::string_view variable : {"FABRIK_CONFIG", "FABRIK_CONFIG_PATH"}) {
    if (const auto value = env.non_empty(variable); value && path.empty()) {
      path = *value;
    }
  }
  if (path.empty()) {
    return discover(directory, env);
  }
  FABRIK_TRY(Source source, read_source(path.is_absolute() ? path : directory / path));
  std::error_code error;
  source.is_user_config = source.path == fs::canonical(user_config_path(env), error);
  return source;
}

}  // namespace fabrik::config
