#include "ccache_helper/daemon_link.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

namespace fabrik::ccache_helper {
namespace {

// ccache gives up after ten seconds without a byte; our word comes before that.
constexpr std::chrono::milliseconds kPatience{8000};
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::size_t kMaxIdle = 32;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}

template <class Int>
bool parse(std::string_view text, Int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

DaemonLink::DaemonLink(ByteStream stream, const Settings& settings) : stream_(std::move(stream)) {
  fields_ = " HTTP/1.1\r\nHost: " + settings.address + ":" + std::to_string(settings.port) +
            "\r\nUser-Agent: ccache-storage-fabrik/" FABRIK_VERSION "\r\n";
  if (!settings.token.empty()) {
    fields_ += "Authorization: Bearer " + settings.token + "\r\n";
  }
}

Result<DaemonLink> DaemonLink::open(const Settings& settings) {
  const std::string where = settings.address + ":" + std::to_string(settings.port);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(settings.port);
  if (::inet_pton(AF_INET, settings.address.c_str(), &address.sin_addr) != 1) {
    return fail(Errc::invalid_argument, "\"" + settings.address + "\" is not an IPv4 address");
  }
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) {
    return fail_errno("open a socket");
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int fd = socket.get();
  ByteStream stream(std::move(socket), where);
  stream.set_timeout(kPatience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(Errc::unavailable, errno_error("connect to " + where).message);
  }
  return DaemonLink(std::move(stream), settings);
}

Result<void> DaemonLink::ask(std::string_view method, std::string_view path,
                             std::optional<std::uint64_t> upload) {
  method_ = method;
  std::string head = method_ + " " + std::string(path) + fields_;
  if (upload) {
    head += "Content-Type: application/octet-stream\r\nContent-Length: " + std::to_string(*upload) +
            "\r\n";
  }
  return stream_.write(head + "\r\n");
}

Result<Reply> DaemonLink::read_reply() {
  buffer_.clear();
  used_ = 0;
  std::array<char, 4096> piece;
  for (;;) {
    FABRIK_TRY(const std::string_view got, stream_.read_some(piece));
    buffer_ += got;
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      used_ = end + 4;
      return parse_head(std::string_view(buffer_).substr(0, end + 2));
    }
    if (got.empty() || buffer_.size() > kMaxHead) {
      return fail(Errc::cancelled, "the daemon ended without an answer");
    }
  }
}

Result<Reply> DaemonLink::parse_head(std::string_view head) {
  Reply reply;
  if (!head.starts_with("HTTP/1.1 ") || head.size() < 12 ||
      !parse(head.substr(9, 3), reply.status)) {
    return fail(Errc::invalid_argument, "what listens there does not speak HTTP/1.1");
  }
  bool sized = false;
  for (std::size_t line = head.find("\r\n") + 2; line < head.size();) {
    const std::size_t end = head.find("\r\n", line);
    const std::string_view field = head.substr(line, end - line);
    line = end + 2;
    const std::size_t colon = std::min(field.find(':'), field.size());
    const std::string name = lower(field.substr(0, colon));
    const std::string_view value = trimmed(field.substr(std::min(colon + 1, field.size())));
    if (name == "content-length") {
      sized = parse(value, reply.body_size);
    } else if (name == "connection" && lower(value) == "close") {
      keeps_ = false;
    }
  }
  if (method_ == "HEAD" || reply.status == 204) {
    reply.body_size = 0;
  } else if (!sized) {
    return fail(Errc::invalid_argument, "an answer without Content-Length");
  }
  body_left_ = reply.body_size;
  return reply;
}

Result<std::string_view> DaemonLink::read_body() {
  if (body_left_ == 0) {
    return std::string_view();
  }
  std::string_view piece = std::string_view(buffer_).substr(used_);
  if (piece.empty()) {
    buffer_.resize(kPiece);
    FABRIK_TRY(piece, stream_.read_some(buffer_));
    if (piece.empty()) {
      return fail(Errc::cancelled, "the daemon's answer broke off");
    }
  }
  if (piece.size() > body_left_) {
    return fail(Errc::invalid_argument, "the daemon sent more than it announced");
  }
  used_ = buffer_.size();
  body_left_ -= piece.size();
  return piece;
}

Result<DaemonLink> LinkPool::take() {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      DaemonLink link = std::move(idle_.back());
      idle_.pop_back();
      if (link.is_reusable()) {  // not one whose worker has gone meanwhile
        return link;
      }
    }
  }
  return DaemonLink::open(settings_);
}

void LinkPool::give_back(DaemonLink link) {
  const std::lock_guard lock(mutex_);
  if (link.is_reusable() && idle_.size() < kMaxIdle) {
    idle_.push_back(std::move(link));
  }
}

}  // namespace fabrik::ccache_helper
