#include "statefs/json_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/fs.hpp"
#include "base/read_all.hpp"

namespace fabrik::statefs {
namespace {

Result<void> check_owner(int fd, const std::filesystem::path& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) {
    return fail_errno("stat " + path.string());
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(Errc::forbidden, path.string() + " is not a regular file; remove it");
  }
  if (info.st_uid != ::geteuid()) {
    return fail(Errc::forbidden, path.string() + " belongs to user " + std::to_string(info.st_uid) +
                                     ", not to you; remove it");
  }
  if ((info.st_mode & 022) != 0) {
    return fail(Errc::forbidden, path.string() + " can be written by others; remove it");
  }
  return {};
}

bool is_utf8(std::string_view text) {
  // nlohmann has no validator of its own: a strict dump throws on bad UTF-8.
  try {
    (void)nlohmann::json(std::string(text)).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::string bytes;
  if (hex.size() % 2 != 0) {
    return {};
  }
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) {
      return {};
    }
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

}  // namespace

Result<std::string> read_own_file(const std::filesystem::path& path, std::uint64_t limit) {
  auto file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (!file && file.error().code == Errc::io) {  // ELOOP and the like
    return fail(Errc::forbidden, file.error().message);
  }
  FABRIK_TRY(const UniqueFd fd, std::move(file));
  FABRIK_CHECK(check_owner(fd.get(), path));
  auto content = read_all(fd.get(), limit);
  return content ? content : fail(std::move(content).error().with_context(path.string()));
}

Result<nlohmann::json> read_json_file(const std::filesystem::path& path, std::uint64_t limit) {
  FABRIK_TRY(const std::string text, read_own_file(path, limit));
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (!value.is_object()) {
    return fail(Errc::corrupt, path.string() + " is not a complete JSON object");
  }
  return value;
}

void put_bytes(nlohmann::json& object, std::string_view key, std::string_view bytes) {
  if (is_utf8(bytes)) {
    object[std::string(key)] = bytes;
  } else {
    object[std::string(key) + "_hex"] = to_hex(as_bytes(bytes));
  }
}

std::string get_bytes(const nlohmann::json& object, std::string_view key) {
  std::string plain = get_string(object, key);
  return plain.empty() ? from_hex(get_string(object, std::string(key) + "_hex")) : plain;
}

std::string get_string(const nlohmann::json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t get_int(const nlohmann::json& object, std::string_view key, std::int64_t fallback) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>()
                                                             : fallback;
}

bool get_bool(const nlohmann::json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::uint16_t get_port(const nlohmann::json& object, std::string_view key) {
  const std::int64_t value = get_int(object, key);
  return value > 0 && value <= 65535 ? static_cast<std::uint16_t>(value) : std::uint16_t{0};
}

bool is_short_hash(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace fabrik::statefs
