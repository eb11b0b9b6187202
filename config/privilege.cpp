#include "config/privilege.hpp"

#include <algorithm>
#include <optional>

namespace fabrik::config {
namespace {

namespace fs = std::filesystem;

// The path with every existing link followed; nullopt when that cannot be said:
// a dangling or looping link, a directory that may not be looked into, or a ".."
// behind something that does not exist yet (it may become a link later).
std::optional<fs::path> resolve(const fs::path& path) {
  fs::path existing = path;
  fs::path rest;
  std::error_code error;
  for (;;) {
    const auto status = fs::symlink_status(existing, error);
    if (status.type() != fs::file_type::not_found) {
      break;
    }
    if (existing.filename() == ".." || !existing.has_relative_path()) {
      return std::nullopt;
    }
    rest = rest.empty() ? existing.filename() : existing.filename() / rest;
    existing = existing.parent_path();
  }
  fs::path real = fs::canonical(existing, error);
  if (error) {
    return std::nullopt;
  }
  return rest.empty() ? real : (real / rest).lexically_normal();
}

// The path relative to `directory` when it lies strictly inside, else empty.
fs::path below(const fs::path& path, const fs::path& directory) {
  if (directory.empty() || !directory.has_relative_path()) {
    return {};
  }
  fs::path relative = path.lexically_relative(directory);
  if (relative.empty() || relative == "." || *relative.begin() == "..") {
    return {};
  }
  return relative;
}

}  // namespace

bool is_own_place(const fs::path& path, const Source& source, const Env& env) {
  const auto real = resolve(path.is_absolute() ? path : source.root() / path);
  if (!real) {
    return false;
  }
  if (!below(*real, source.root()).empty()) {
    return true;
  }
  const auto cache_home = resolve(user_cache_home(env));
  const fs::path inside = cache_home ? below(*real, *cache_home) : fs::path();
  if (inside.empty()) {
    return false;
  }
  auto part = inside.begin();
  if (*part != "fabrik") {
    return true;
  }
  // Foreign stores are there: an untrusted project must not write into them.
  return ++part != inside.end() && *part == source.project_id();
}

bool is_loopback(std::string_view address) {
  if (address == "::1" || address == "[::1]" || address.starts_with("[::1]:")) {
    return true;
  }
  const auto host = address.substr(0, address.find(':'));
  // Digits only: 127.example.com is a name somebody can point anywhere.
  const bool numeric = host.starts_with("127.") && std::ranges::all_of(host, [](char c) {
                         return c == '.' || (c >= '0' && c <= '9');
                       });
  return numeric || host == "localhost";
}

bool is_privileged(const Key& key, const Value& value, const Source& source, const Env& env) {
  switch (key.privilege) {
    case Privilege::none:
      return false;
    case Privilege::always:
      return true;
    case Privilege::outside:
      return !is_own_place(std::get<std::string>(value), source, env);
    case Privilege::non_loopback:
      return !is_loopback(std::get<std::string>(value));
  }
  return true;
}

}  // namespace fabrik::config
