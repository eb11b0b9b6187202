#include "statefs/backoff.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/fs.hpp"
#include "base/units.hpp"
#include "statefs/json_file.hpp"

namespace fabrik::statefs {
namespace {

constexpr std::array kPauses = {std::chrono::seconds(1), std::chrono::seconds(5),
                                std::chrono::seconds(30), std::chrono::seconds(300)};

struct Failure {
  std::string key;
  std::int64_t count = 0;
  std::int64_t until_unix_ms = 0;
  std::string message;
};

std::optional<Failure> read_failure(const std::filesystem::path& file) {
  const auto json = read_json_file(file);
  if (!json) {
    return std::nullopt;
  }
  return Failure{get_string(*json, "key"), get_int(*json, "count"), get_int(*json, "until_unix_ms"),
                 get_string(*json, "message")};
}

}  // namespace

std::optional<Error> Backoff::blocked(std::string_view key) const {
  const auto failure = read_failure(file_);
  if (!failure || failure->key != key) {
    return std::nullopt;
  }
  const std::chrono::milliseconds left(failure->until_unix_ms - to_unix_ms(clock_.now()));
  // A clock that was set back must not turn a pause into hours.
  if (left.count() <= 0 || left > kPauses.back()) {
    return std::nullopt;
  }
  return Error{Errc::unavailable,
               failure->message + " (tried again in " + format_duration(left) + ")"};
}

void Backoff::failed(std::string_view key, const Error& error) const {
  const auto before = read_failure(file_);
  const std::int64_t count = before && before->key == key ? before->count + 1 : 1;
  const auto step = std::clamp<std::int64_t>(count - 1, 0, kPauses.size() - 1);
  const auto until = clock_.now() + kPauses[static_cast<std::size_t>(step)];
  const nlohmann::json json = {{"key", key},
                               {"count", count},
                               {"until_unix_ms", to_unix_ms(until)},
                               {"message", error.message}};
  const std::string text =
      json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  // Without the file every caller tries: slower, not wrong.
  (void)write_file_atomically(file_, text);
}

void Backoff::clear() const {
  ::unlink(file_.c_str());
}

std::optional<std::string> Backoff::last_failure() const {
  const auto failure = read_failure(file_);
  return failure ? std::optional(failure->message) : std::nullopt;
}

}  // namespace fabrik::statefs
