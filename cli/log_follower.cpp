#include "cli/log_follower.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/fs.hpp"

namespace fabrik::cli {

Result<LogFollower> LogFollower::create(const std::filesystem::path& directory,
                                        std::vector<File> files) {
  LogFollower follower;
  follower.notify_ = UniqueFd(::inotify_init1(IN_CLOEXEC));
  if (!follower.notify_) {
    return fail_errno("watch files");
  }
  // The watch comes first: what is written after the first reading is seen.
  if (::inotify_add_watch(
          follower.notify_.get(), directory.c_str(),
          IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) < 0) {
    return fail_errno("watch " + directory.string());
  }
  for (File& file : files) {
    Position position{.file = std::move(file)};
    reopen(position);
    follower.positions_.push_back(std::move(position));
  }
  return follower;
}

bool LogFollower::reopen(Position& position) {
  struct stat now{};
  if (::stat(position.file.path.c_str(), &now) != 0 ||
      (position.fd && now.st_ino == position.inode)) {
    return false;
  }
  auto fd = open_file(position.file.path, O_RDONLY);
  if (!fd || ::fstat(fd->get(), &now) != 0) {
    return false;
  }
  position.fd = std::move(*fd);
  position.inode = now.st_ino;
  position.partial.clear();
  return true;
}

void LogFollower::read_to_end(Position& position, std::vector<LogLine>& lines) {
  std::array<char, 16 * 1024> buffer;
  while (position.fd) {
    const ssize_t got = ::read(position.fd.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return;
    }
    position.partial.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (std::size_t end = 0; (end = position.partial.find('\n', start)) != std::string::npos;
         start = end + 1) {
      lines.push_back(parse_log_line(
          position.file.source, std::string_view(position.partial).substr(start, end - start)));
    }
    position.partial.erase(0, start);
  }
}

std::vector<LogLine> LogFollower::take() {
  std::vector<std::vector<LogLine>> logs;
  std::size_t count = 0;
  for (Position& position : positions_) {
    std::vector<LogLine> lines;
    do {
      read_to_end(position, lines);
    } while (reopen(position));
    count += lines.size();
    logs.push_back(std::move(lines));
  }
  return merge_lines(logs, count);
}

Result<void> LogFollower::wait() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  const ssize_t got = ::read(notify_.get(), buffer.data(), buffer.size());
  if (got < 0) {
    return errno == EINTR ? Result<void>{} : fail_errno("wait for the log");
  }
  for (ssize_t at = 0; at < got;) {
    inotify_event event{};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
      return fail(Errc::not_found,
                  "the log directory is gone: the daemon serves another "
                  "generation of fabrik.toml now");
    }
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
  return {};
}

}  // namespace fabrik::cli
