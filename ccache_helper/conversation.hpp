// ccache's side of the helper: its requests on one connection, until it ends.
// Source: ccache 4.14, doc/remote_storage_helper_spec.md (protocol 1).
#pragma once

#include "ccache_helper/byte_stream.hpp"
#include "ccache_helper/daemon_link.hpp"

namespace fabrik::ccache_helper {

enum class Ending { client_left, stop_requested };

// Whatever fails inside is told to ccache as an error of that request: it then
// compiles. No value is ever held whole in memory.
class Conversation {
 public:
  Conversation(ByteStream client, const Settings& settings, LinkPool& links);
  // The error says why the connection could not go on.
  Result<Ending> run();

 private:
  Result<void> get();
  Result<void> put();
  Result<void> remove();
  Result<void> exists();
  Result<void> info();

  Result<std::string> read_path();
  Result<std::uint8_t> read_byte();
  Result<void> skip(std::uint64_t bytes);
  // Writes the answer that the outcome stands for; an error message for errors.
  Result<void> answer(const Result<bool>& done);
  Result<unsigned> status_of(std::string_view method, const std::string& path);
  // The value of a hit.
  Result<void> pass_on(DaemonLink link, const Reply& reply);
  // Passes a value of `size` bytes on and answers; it is read to its end in any case.
  Result<void> upload(const std::string& path, std::uint64_t size);
  // Reads the rest of an exchange whose reply has no value to pass on.
  Result<unsigned> finish(DaemonLink link, const Reply& reply);

  ByteStream client_;
  const Settings& settings_;
  LinkPool& links_;
};

}  // namespace fabrik::ccache_helper
