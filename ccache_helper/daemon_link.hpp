// HTTP/1.1 to the project's daemon, one request after the other on a kept connection.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ccache_helper/byte_stream.hpp"
#include "ccache_helper/settings.hpp"

namespace fabrik::ccache_helper {

// What the daemon answered; its body is still to be read.
struct Reply {
  unsigned status = 0;
  std::uint64_t body_size = 0;
};

// Not thread-safe. After an error the link is of no more use.
class DaemonLink {
 public:
  // unavailable: nobody listens there.
  static Result<DaemonLink> open(const Settings& settings);

  // Sends a request, with the announcement of a body of `upload` bytes if given.
  Result<void> ask(std::string_view method, std::string_view path,
                   std::optional<std::uint64_t> upload = std::nullopt);
  Result<void> send_body(std::string_view piece) { return stream_.write(piece); }
  Result<Reply> read_reply();
  // The next piece of the reply's body, valid until the next call; empty at its end.
  Result<std::string_view> read_body();

  // Whether another request can be made: all was read, and the daemon is still there.
  bool is_reusable() const { return keeps_ && body_left_ == 0 && stream_.is_quiet(); }

 private:
  DaemonLink(ByteStream stream, const Settings& settings);
  Result<Reply> parse_head(std::string_view head);

  ByteStream stream_;
  std::string fields_;  // of every request
  std::string method_;
  bool keeps_ = true;
  std::uint64_t body_left_ = 0;
  std::string buffer_;  // what arrived
  std::size_t used_ = 0;
};

// Links that nobody needs at the moment. Thread-safe.
class LinkPool {
 public:
  explicit LinkPool(const Settings& settings) : settings_(settings) {}
  Result<DaemonLink> take();
  // Keeps it if another request can be made with it.
  void give_back(DaemonLink link);

 private:
  const Settings& settings_;
  std::mutex mutex_;
  std::vector<DaemonLink> idle_;
};

}  // namespace fabrik::ccache_helper
