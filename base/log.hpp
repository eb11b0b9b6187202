// The log of fabrikd and the supervisor: JSON lines in a rotating file, short
// "[fabrik]" lines on the console. The thin commands do not log; they print.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/result.hpp"

namespace fabrik {

enum class LogLevel { trace, debug, info, warn, error, off };
Result<LogLevel> parse_log_level(std::string_view text);

// One named fact of a log line. Never a secret.
struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  template <class Int>
    requires std::is_integral_v<Int>
  LogField(std::string_view k, Int v) : key(k), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
};

// Thread-safe. Created by the composition root and passed by reference.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) = 0;
  virtual bool enabled(LogLevel level) const = 0;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write_if(LogLevel::debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write_if(LogLevel::info, message, fields);
  }
  void warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write_if(LogLevel::warn, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    write_if(LogLevel::error, message, fields);
  }

 private:
  void write_if(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
    if (enabled(level)) {
      write(level, message, fields);
    }
  }
};

struct LogOptions {
  LogLevel level = LogLevel::info;
  std::filesystem::path file;  // empty: no file. Rotated at 5 MiB, three kept, 0600
  bool console = false;        // stderr, "[fabrik] message key=value"
  bool json_console = false;   // stderr, but JSON lines
};

// Fails when the file cannot be opened.
Result<std::unique_ptr<Log>> open_log(const LogOptions& options);
// Drops everything: for tests and for callers without a log.
std::unique_ptr<Log> null_log();

}  // namespace fabrik
