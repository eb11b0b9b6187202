// The only user of spdlog. Lines are composed here, because spdlog's pattern
// cannot escape a value into JSON.
#include "base/log.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

namespace fabrik {
namespace {

constexpr std::size_t kRotateAt = 5 * 1024 * 1024;
constexpr std::size_t kFilesKept = 3;
constexpr std::array<std::string_view, 6> kNames = {"trace", "debug", "info",
                                                    "warn",  "error", "off"};

std::string_view name_of(LogLevel level) {
  return kNames[static_cast<std::size_t>(level)];
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const std::size_t used = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + used, text.size() - used, ".%03dZ",
                static_cast<int>(ms.count() % 1000));
  return text.data();
}

std::string json_line(LogLevel level, std::string_view message,
                      std::initializer_list<LogField> fields) {
  nlohmann::ordered_json line = {
      {"time", timestamp()}, {"level", name_of(level)}, {"message", message}};
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.key)] = value; }, field.value);
  }
  // Invalid UTF-8 in a path or header must not lose the line.
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string console_line(LogLevel level, std::string_view message,
                         std::initializer_list<LogField> fields) {
  std::string line = "[fabrik] ";
  if (level != LogLevel::info) {
    line += std::string(name_of(level)) + ": ";
  }
  line += message;
  for (const LogField& field : fields) {
    nlohmann::json value;
    std::visit([&](const auto& v) { value = v; }, field.value);
    line += " " + std::string(field.key) + "=" +
            value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  return line;
}

std::shared_ptr<spdlog::logger> plain_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("fabrik", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  logger->set_error_handler([](const std::string&) {});  // a full disk must not spam stderr
  return logger;
}

class SpdLog final : public Log {
 public:
  SpdLog(const LogOptions& options, std::shared_ptr<spdlog::logger> file,
         std::shared_ptr<spdlog::logger> console)
      : options_(options), file_(std::move(file)), console_(std::move(console)) {}

  bool enabled(LogLevel level) const override { return level >= options_.level; }

  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) override {
    if (file_) {
      file_->log(spdlog::level::info, json_line(level, message, fields));
    }
    if (console_) {
      console_->log(spdlog::level::info, options_.json_console
                                             ? json_line(level, message, fields)
                                             : console_line(level, message, fields));
    }
  }

 private:
  LogOptions options_;
  std::shared_ptr<spdlog::logger> file_;
  std::shared_ptr<spdlog::logger> console_;
};

class NullLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) {
      return static_cast<LogLevel>(i);
    }
  }
  return fail(Errc::invalid_argument, "\"" + std::string(text) +
                                          "\" is not a log level; use trace, debug, info, warn, "
                                          "error or off");
}

Result<std::unique_ptr<Log>> open_log(const LogOptions& options) {
  std::shared_ptr<spdlog::logger> file;
  std::shared_ptr<spdlog::logger> console;
  try {
    if (!options.file.empty()) {
      const mode_t old = ::umask(0077);
      file = plain_logger(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          options.file.string(), kRotateAt, kFilesKept));
      ::umask(old);
    }
    if (options.console) {
      console = plain_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    }
  } catch (const spdlog::spdlog_ex& error) {
    return fail(Errc::io, "open log file " + options.file.string() + ": " + error.what());
  }
  return std::make_unique<SpdLog>(options, std::move(file), std::move(console));
}

std::unique_ptr<Log> null_log() {
  return std::make_unique<NullLog>();
}

}  // namespace fabrik
