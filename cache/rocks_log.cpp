#include "cache/rocks_log.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace fabrik::cache {
namespace {

class RocksLog final : public rocksdb::Logger {
 public:
  explicit RocksLog(Log& log) : Logger(rocksdb::InfoLogLevel::WARN_LEVEL), log_(log) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    write(LogLevel::warn, format, arguments);
  }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL) {
      return;
    }
    // Their errors are our warnings: what matters of them we report ourselves.
    write(LogLevel::warn, format, arguments);
  }
  void LogHeader(const char*, va_list) override {}

 private:
  void write(LogLevel level, const char* format, va_list arguments) {
    std::array<char, 1024> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    if (log_.enabled(level)) {
      log_.write(level, "rocksdb", {{"detail", text.data()}});
    }
  }

  Log& log_;
};

}  // namespace

std::shared_ptr<rocksdb::Logger> rocks_log(Log& log) {
  return std::make_shared<RocksLog>(log);
}

}  // namespace fabrik::cache
