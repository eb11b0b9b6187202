#include <arpa/inet.h>
#include <fcntl.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <string>
#include <vector>

#include "base/fs.hpp"
#include "net/peer_lookup.hpp"

namespace fabrik::net {
namespace {

// Columns of proc_pid_net(5), counted from 0 after splitting at blanks.
constexpr std::size_t kLocal = 1;
constexpr std::size_t kRemote = 2;
constexpr std::size_t kUid = 7;
constexpr std::size_t kInode = 9;

// "0100007F:1F90": address words as the machine stores them, port in host order.
std::string column_text(const TcpEndpoint& endpoint, int family) {
  std::string text;
  std::array<char, 12> part{};
  for (std::size_t word = 0; word < (family == AF_INET ? 1U : 4U); ++word) {
    std::snprintf(part.data(), part.size(), "%08X", endpoint.address[word]);
    text += part.data();
  }
  std::snprintf(part.data(), part.size(), ":%04X", ntohs(endpoint.port));
  return text + part.data();
}

std::vector<std::string_view> split_at_blanks(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start == std::string_view::npos) {
      break;
    }
    const std::size_t end = std::min(line.find(' ', start), line.size());
    words.push_back(line.substr(start, end - start));
    line.remove_prefix(end);
  }
  return words;
}

// /proc files say that they are empty, so base's read_file is no help.
Result<std::string> read_proc_file(const std::string& path) {
  FABRIK_TRY(const UniqueFd file, open_file(path, O_RDONLY));
  std::string text;
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno != EINTR) {
      return fail_errno("read " + path);
    }
    if (got == 0) {
      return text;
    }
    if (got > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
}

}  // namespace

Result<uid_t> client_uid_from_table(std::string_view table, const SocketAddresses& connection) {
  const std::string client = column_text(connection.remote, connection.family);
  const std::string server = column_text(connection.local, connection.family);
  while (!table.empty()) {
    const std::size_t end = std::min(table.find('\n'), table.size());
    const std::vector<std::string_view> words = split_at_blanks(table.substr(0, end));
    table.remove_prefix(std::min(end + 1, table.size()));
    if (words.size() <= kInode || words[kLocal] != client || words[kRemote] != server) {
      continue;
    }
    uid_t uid = 0;
    const std::string_view text = words[kUid];
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
    if (error == std::errc{} && stop == text.data() + text.size() && words[kInode] != "0") {
      return uid;
    }
    break;
  }
  return fail(Errc::not_found, "look up the client of a connection: it has closed its end");
}

Result<uid_t> client_uid_from_proc(const SocketAddresses& connection) {
  FABRIK_TRY(const std::string table,
             read_proc_file(connection.family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6"));
  return client_uid_from_table(table, connection);
}

}  // namespace fabrik::net
