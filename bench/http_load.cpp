// A load client for uploads: keep-alive connections, one thread each, every body
// different, so that no server gets away with storing one blob once. Also GET.
//
//   http_load PUT|GET PORT PATH SIZE CONNECTIONS SECONDS MAX_REQUESTS
//
// PUT appends 32 hex digits to PATH. Prints one line of JSON.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Job {
  bool put = false;
  std::uint16_t port = 0;
  std::string path;
  std::size_t size = 0;
  std::size_t connections = 1;
  double seconds = 1;
  std::uint64_t max_requests = 0;
};

struct Totals {
  std::atomic<std::uint64_t> started{0};
  std::atomic<std::uint64_t> failed{0};
};

std::string hex(std::uint64_t high, std::uint64_t low) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text.data();
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
  const int one = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

void send_all(int fd, std::array<iovec, 3> parts) {
  std::size_t first = 0;
  while (first < parts.size()) {
    msghdr message{};
    message.msg_iov = parts.data() + first;
    message.msg_iovlen = parts.size() - first;
    const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0) {
      throw std::runtime_error("send failed");
    }
    auto left = static_cast<std::size_t>(sent);
    while (first < parts.size() && left >= parts[first].iov_len) {
      left -= parts[first++].iov_len;
    }
    if (first < parts.size()) {
      parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + left;
      parts[first].iov_len -= left;
    }
  }
}

iovec part(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(connect_to(port)), buffer_(256 * 1024, '\0') {}
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view head, std::string_view unique, std::string_view rest) {
    send_all(fd_, {part(head), part(unique), part(rest)});
  }
  // The status; reads the whole response.
  int receive() {
    std::string head;
    std::size_t end = std::string::npos;
    while (end == std::string::npos) {
      head.append(buffer_.data(), read_some());
      end = head.find("\r\n\r\n");
    }
    std::uint64_t left = content_length(std::string_view(head).substr(0, end));
    left -= std::min<std::uint64_t>(left, head.size() - end - 4);
    while (left > 0) {
      left -= std::min<std::uint64_t>(left, read_some());
    }
    return std::atoi(head.c_str() + head.find(' '));
  }

 private:
  std::size_t read_some() {
    const ssize_t got = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      throw std::runtime_error("connection lost");
    }
    return static_cast<std::size_t>(got);
  }
  static std::uint64_t content_length(std::string_view head) {
    std::string lower(head);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::size_t at = lower.find("content-length:");
    return at == std::string::npos ? 0 : std::strtoull(lower.c_str() + at + 15, nullptr, 10);
  }

  int fd_;
  std::string buffer_;
};

std::string request_head(const Job& job, const std::string& key) {
  std::string head = (job.put ? "PUT " : "GET ") + job.path + (job.put ? key : "") +
                     " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(job.port) + "\r\n";
  if (job.put) {
    head += "Content-Length: " + std::to_string(job.size) + "\r\n";
  }
  return head + "\r\n";
}

// Latencies in microseconds.
void work(const Job& job, std::string_view body, Clock::time_point end, Totals& totals,
          std::vector<double>& latencies) {
  std::mt19937_64 random(std::random_device{}());
  Connection connection(job.port);
  while (Clock::now() < end && totals.started++ < job.max_requests) {
    const std::string key = hex(random(), random());
    const std::size_t unique = job.put ? std::min(job.size, key.size()) : 0;
    const auto start = Clock::now();
    connection.send(request_head(job, key), std::string_view(key).substr(0, unique),
                    job.put ? body.substr(unique) : std::string_view());
    const int status = connection.receive();
    latencies.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    totals.failed += status < 200 || status > 299 ? 1 : 0;
  }
}

double percentile(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * double(sorted.size() - 1))];
}

std::string random_body(std::size_t size) {
  std::mt19937_64 random(1);
  std::string piece(std::min<std::size_t>(size, 1024 * 1024), '\0');
  std::ranges::generate(piece, [&] { return static_cast<char>(random()); });
  std::string body;
  body.reserve(size);
  while (body.size() < size) {
    body.append(piece, 0, size - body.size());
  }
  return body;
}

int run(const Job& job) {
  const std::string body = random_body(job.put ? job.size : 0);
  Totals totals;
  std::vector<std::vector<double>> latencies(job.connections);
  std::vector<std::jthread> threads;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(
                               std::chrono::duration<double>(job.seconds));
  for (std::vector<double>& mine : latencies) {
    threads.emplace_back([&] {
      try {
        work(job, body, end, totals, mine);
      } catch (const std::exception&) {
        ++totals.failed;
      }
    });
  }
  threads.clear();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::vector<double> all;
  for (const std::vector<double>& mine : latencies) {
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::ranges::sort(all);
  std::printf(
      "{\"requests\":%zu,\"failed\":%llu,\"seconds\":%.4f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
      all.size(), static_cast<unsigned long long>(totals.failed), seconds, percentile(all, 0.5),
      percentile(all, 0.99));
  return totals.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr, "usage: %s PUT|GET PORT PATH SIZE CONNECTIONS SECONDS MAX_REQUESTS\n",
                 argv[0]);
    return 2;
  }
  return run({.put = std::string_view(argv[1]) == "PUT",
              .port = static_cast<std::uint16_t>(std::atoi(argv[2])),
              .path = argv[3],
              .size = std::strtoull(argv[4], nullptr, 10),
              .connections = std::strtoull(argv[5], nullptr, 10),
              .seconds = std::atof(argv[6]),
              .max_requests = std::strtoull(argv[7], nullptr, 10)});
}
