#include "auth/credentials.hpp"

#include <algorithm>

namespace fabrik::auth {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

Result<Credentials> parse_credentials(std::string_view text) {
  Credentials found;
  bool counts = true;  // before the first section, and in [default]
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) {
      counts = line == "[default]";
    }
    const std::size_t equals = line.find('=');
    if (!counts || line.starts_with('#') || equals == std::string_view::npos) {
      continue;
    }
    const std::string_view name = trimmed(line.substr(0, equals));
    const std::string_view value = trimmed(line.substr(equals + 1));
    if (name == "access_key" || name == "aws_access_key_id") {
      found.access_key = value;
    } else if (name == "secret_key" || name == "aws_secret_access_key") {
      found.secret_key = value;
    }
  }
  if (found.access_key.empty() || found.secret_key.empty()) {
    return fail(Errc::invalid_argument,
                "it needs the lines `access_key = ...` and `secret_key = ...`");
  }
  return found;
}

}  // namespace fabrik::auth
