#include "daemon/audit_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/fs.hpp"
#include "statefs/audit_trail.hpp"

namespace fabrik::daemon {
namespace {

constexpr std::chrono::milliseconds kGather{50};

struct Pending {
  cache::WriteRecord record;
  std::chrono::system_clock::time_point time;
};

std::string line_of(Pending& pending) {
  cache::WriteRecord& write = pending.record;
  const std::string& writer = write.origin.writer;
  return statefs::audit_line({.time = statefs::audit_time(pending.time),
                              .writer = writer.empty() ? "unknown" : writer,
                              .tool = std::move(write.origin.tool),
                              .invocation = std::move(write.origin.invocation),
                              .space = std::string(name(write.key.space)),
                              .ns = std::move(write.key.ns),
                              .key = std::move(write.key.key),
                              .digest = write.blob.digest.hex(),
                              .size = write.blob.size});
}

}  // namespace

struct AuditWriter::Impl {
  Impl(std::filesystem::path directory, const Clock& its_clock, Log& its_log,
       AuditLimits its_limits)
      : log_dir(std::move(directory)), clock(its_clock), log(its_log), limits(its_limits) {}

  void run();
  void write(std::vector<Pending> batch, std::uint64_t dropped);
  Result<void> append(std::string_view text);
  void rotate();

  const std::filesystem::path log_dir;
  const Clock& clock;
  Log& log;
  const AuditLimits limits;

  std::mutex mutex;
  std::condition_variable wake;     // for the thread
  std::condition_variable written;  // for flush()
  std::vector<Pending> queue;
  std::uint64_t lost = 0;
  std::uint64_t told = 0;  // records taken in, and of those:
  std::uint64_t done = 0;
  bool hurry = false;
  bool stop = false;

  bool failed = false;  // only the thread looks: says it once
  std::thread thread;
};

AuditWriter::AuditWriter(std::filesystem::path log_dir, const Clock& clock, Log& log,
                         AuditLimits limits)
    : impl_(std::make_unique<Impl>(std::move(log_dir), clock, log, limits)) {
  impl_->thread = std::thread([this] { impl_->run(); });
}

AuditWriter::~AuditWriter() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->wake.notify_all();
  impl_->thread.join();
}

void AuditWriter::wrote(cache::WriteRecord record) {
  Impl& it = *impl_;
  bool first = false;
  {
    const std::scoped_lock lock(it.mutex);
    if (it.queue.size() >= it.limits.queue) {
      ++it.lost;
      return;
    }
    first = it.queue.empty();
    it.queue.push_back({std::move(record), it.clock.now()});
    ++it.told;
  }
  if (first) {
    it.wake.notify_one();
  }
}

void AuditWriter::flush() {
  Impl& it = *impl_;
  std::unique_lock lock(it.mutex);
  const std::uint64_t target = it.told;
  it.hurry = true;
  it.wake.notify_one();
  it.written.wait(lock, [&] { return it.done >= target; });
}

void AuditWriter::Impl::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [this] { return stop || !queue.empty(); });
    if (queue.empty()) {
      return;
    }
    // Many records for one write to the file.
    wake.wait_for(lock, kGather, [this] { return stop || hurry; });
    hurry = false;
    std::vector<Pending> batch = std::exchange(queue, {});
    const std::uint64_t dropped = std::exchange(lost, 0);
    const std::uint64_t count = batch.size();
    lock.unlock();
    write(std::move(batch), dropped);
    lock.lock();
    done += count;
    written.notify_all();
  }
}

void AuditWriter::Impl::write(std::vector<Pending> batch, std::uint64_t dropped) {
  std::string text;
  for (Pending& pending : batch) {
    text += line_of(pending);
  }
  const Result<void> appended = append(text);
  if (!appended && !failed) {
    log.error("the write audit cannot be kept", {{"error", appended.error().message}});
  }
  failed = !appended;
  if (dropped != 0) {
    log.error("more writes than the write audit could keep up with", {{"lost", dropped}});
  }
}

Result<void> AuditWriter::Impl::append(std::string_view text) {
  const auto file = statefs::audit_file(log_dir, 0);
  FABRIK_TRY(const UniqueFd fd, open_file(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600));
  FABRIK_CHECK(write_all(fd.get(), text));
  struct stat now{};
  if (::fstat(fd.get(), &now) == 0 && static_cast<std::uint64_t>(now.st_size) >= limits.rotate_at) {
    rotate();
  }
  return {};
}

void AuditWriter::Impl::rotate() {
  std::error_code ignored;
  for (unsigned age = limits.files_kept; age-- > 0;) {
    std::filesystem::rename(statefs::audit_file(log_dir, age),
                            statefs::audit_file(log_dir, age + 1), ignored);
  }
}

}  // namespace fabrik::daemon
