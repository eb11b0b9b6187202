#include "statefs/access_token.hpp"

#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/fs.hpp"
#include "statefs/json_file.hpp"

namespace fabrik::statefs {
namespace {

constexpr std::size_t kDigits = 32;

bool is_token(std::string_view text) {
  return text.size() == kDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<std::string> random_token() {
  std::array<std::byte, kDigits / 2> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return fail_errno("make a random token");
  }
  return to_hex(bytes);
}

}  // namespace

Result<std::string> read_access_token(const std::filesystem::path& file) {
  struct stat info{};
  if (::lstat(file.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return fail(Errc::forbidden, file.string() + " can be read by others");
  }
  FABRIK_TRY(std::string text, read_own_file(file, 4096));
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  if (!is_token(text)) {
    return fail(Errc::corrupt, file.string() + " does not hold a token");
  }
  return text;
}

Result<std::string> ensure_access_token(const Paths& paths, std::string_view project_id) {
  const auto file = paths.access_token(project_id);
  if (auto kept = read_access_token(file)) {
    return kept;
  }
  FABRIK_CHECK(ensure_private_dir(paths.state));
  FABRIK_CHECK(ensure_private_dir(file.parent_path()));
  FABRIK_TRY(std::string token, random_token());
  FABRIK_CHECK(write_file_atomically(file, token + "\n"));
  return token;
}

}  // namespace fabrik::statefs
