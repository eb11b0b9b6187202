#include "activate/build_id.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "base/digest.hpp"

namespace fabrik::activate {
namespace {

void add_identity(Hasher& hasher, const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) {
    hasher.update(as_bytes("missing;"));
    return;
  }
  for (const auto value :
       {static_cast<std::int64_t>(info.st_ino), static_cast<std::int64_t>(info.st_size),
        static_cast<std::int64_t>(info.st_mtim.tv_sec),
        static_cast<std::int64_t>(info.st_mtim.tv_nsec)}) {
    hasher.update(as_bytes(std::to_string(value) + ";"));
  }
}

bool is_program(const std::filesystem::path& file) {
  struct stat info{};
  return ::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         ::access(file.c_str(), X_OK) == 0;
}

// Takes the number off the front of "1.2.3".
unsigned take_number(std::string_view& version) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), value);
  version.remove_prefix(static_cast<std::size_t>(end - version.data()));
  if (error == std::errc() && version.starts_with('.')) {
    version.remove_prefix(1);
  } else {
    version = {};
  }
  return error == std::errc() ? value : 0;
}

}  // namespace

std::string_view program_version() {
  return FABRIK_VERSION;
}

Result<std::filesystem::path> find_worker(const std::filesystem::path& executable, const Env& env) {
  const auto dir = executable.parent_path();
  for (const auto& place : {dir / "fabrikd", dir.parent_path() / "libexec/fabrik/fabrikd"}) {
    if (is_program(place)) {
      return place;
    }
  }
  if (const auto named = env.non_empty("FABRIK_FABRIKD"); named && is_program(*named)) {
    return std::filesystem::path(*named);
  }
  return fail(Errc::not_found, "find fabrikd: it is neither in " + dir.string() + " nor in " +
                                   (dir.parent_path() / "libexec/fabrik").string() +
                                   "; install fabrik again");
}

std::string build_id(const std::filesystem::path& executable, const std::filesystem::path& worker) {
  Hasher hasher;
  add_identity(hasher, executable);
  add_identity(hasher, worker);
  return std::string(program_version()) + "+" + hasher.finish().hex().substr(0, 16);
}

bool is_newer_version(std::string_view candidate, std::string_view than) {
  while (!candidate.empty() || !than.empty()) {
    const unsigned a = take_number(candidate);
    const unsigned b = take_number(than);
    if (a != b) {
      return a > b;
    }
  }
  return false;
}

}  // namespace fabrik::activate
