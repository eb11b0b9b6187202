#include "ccache_helper/conversation.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace fabrik::ccache_helper {
namespace {

constexpr char kGet = 0x00, kPut = 0x01, kRemove = 0x02, kStop = 0x03, kInfo = 0x04, kExists = 0x05;
constexpr char kOk = 0x00, kNoop = 0x01, kError = 0x02;
constexpr unsigned kOverwrite = 0x01;
// Protocol 1; three capabilities: get, put and remove; info; exists.
constexpr std::string_view kGreeting("\x01\x03\x00\x01\x02", 5);
constexpr std::size_t kMaxMessage = 255;

std::string message(std::string_view text) {
  text = text.substr(0, kMaxMessage);
  return static_cast<char>(text.size()) + std::string(text);
}

std::string number(std::uint64_t value) {  // in the byte order of the machine
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::unexpected<Error> refused(unsigned status) {
  return fail(Errc::unavailable, "the daemon answered with status " + std::to_string(status));
}

bool is_success(unsigned status) {
  return status >= 200 && status < 300;
}

}  // namespace

Conversation::Conversation(ByteStream client, const Settings& settings, LinkPool& links)
    : client_(std::move(client)), settings_(settings), links_(links) {}

Result<Ending> Conversation::run() {
  FABRIK_CHECK(client_.write(kGreeting));
  for (;;) {
    char request = 0;
    FABRIK_TRY(const std::string_view got, client_.read_some({&request, 1}));
    if (got.empty()) {
      return Ending::client_left;
    }
    switch (request) {
      case kGet:
        FABRIK_CHECK(get());
        break;
      case kPut:
        FABRIK_CHECK(put());
        break;
      case kRemove:
        FABRIK_CHECK(remove());
        break;
      case kInfo:
        FABRIK_CHECK(info());
        break;
      case kExists:
        FABRIK_CHECK(exists());
        break;
      case kStop:
        FABRIK_CHECK(client_.write(std::string_view(&kOk, 1)));
        return Ending::stop_requested;
      default:  // how long it is cannot be known
        return fail(Errc::invalid_argument, "ccache sent an unknown request");
    }
  }
}

Result<void> Conversation::get() {
  FABRIK_TRY(const std::string path, read_path());
  Result<DaemonLink> link = links_.take();
  if (!link) {
    return answer(fail(link.error()));
  }
  if (const auto asked = link->ask("GET", path); !asked) {
    return answer(fail(asked.error()));
  }
  const Result<Reply> reply = link->read_reply();
  if (!reply) {
    return answer(fail(reply.error()));
  }
  if (reply->status == 200) {
    return pass_on(*std::move(link), *reply);
  }
  const Result<unsigned> status = finish(*std::move(link), *reply);
  if (!status) {
    return answer(fail(status.error()));
  }
  return answer(*status == 404 ? Result<bool>(false) : refused(*status));
}

Result<void> Conversation::pass_on(DaemonLink link, const Reply& reply) {
  FABRIK_CHECK(client_.write(kOk + number(reply.body_size)));
  for (;;) {
    // An error here ends the connection: ccache never takes a part for the whole.
    FABRIK_TRY(const std::string_view piece, link.read_body());
    if (piece.empty()) {
      links_.give_back(std::move(link));
      return {};
    }
    FABRIK_CHECK(client_.write(piece));
  }
}

Result<void> Conversation::put() {
  FABRIK_TRY(const std::string path, read_path());
  FABRIK_TRY(const std::uint8_t flags, read_byte());
  std::uint64_t size = 0;
  FABRIK_CHECK(client_.read_exactly({reinterpret_cast<char*>(&size), sizeof size}));
  if ((flags & kOverwrite) == 0) {
    const Result<unsigned> status = status_of("HEAD", path);
    if (!status || is_success(*status)) {
      FABRIK_CHECK(skip(size));
      return answer(status ? Result<bool>(false) : fail(status.error()));
    }
  }
  return upload(path, size);
}

Result<void> Conversation::remove() {
  FABRIK_TRY(const std::string path, read_path());
  const Result<unsigned> status = status_of("DELETE", path);
  if (!status) {
    return answer(fail(status.error()));
  }
  return answer(is_success(*status) ? Result<bool>(true)
                : *status == 404    ? Result<bool>(false)
                                    : refused(*status));
}

Result<void> Conversation::exists() {
  FABRIK_TRY(const std::string path, read_path());
  const Result<unsigned> status = status_of("HEAD", path);
  if (!status) {
    return answer(fail(status.error()));
  }
  if (!is_success(*status) && *status != 404) {
    return answer(refused(*status));
  }
  return client_.write(std::string{kOk, is_success(*status) ? '\x01' : '\x00'});
}

Result<void> Conversation::info() {
  const std::string where = settings_.address + ":" + std::to_string(settings_.port);
  return client_.write(message("ccache-storage-fabrik " FABRIK_VERSION) + '\x01' +
                       message("asks the daemon at " + where + settings_.prefix));
}

Result<std::string> Conversation::read_path() {
  FABRIK_TRY(const std::uint8_t size, read_byte());
  std::string key(size, '\0');
  FABRIK_CHECK(client_.read_exactly(key));
  return path_of(settings_, key);
}

Result<std::uint8_t> Conversation::read_byte() {
  char byte = 0;
  FABRIK_CHECK(client_.read_exactly({&byte, 1}));
  return static_cast<std::uint8_t>(byte);
}

Result<void> Conversation::skip(std::uint64_t bytes) {
  std::array<char, 16 * 1024> buffer;
  while (bytes > 0) {
    const std::size_t size = std::min<std::uint64_t>(bytes, buffer.size());
    FABRIK_CHECK(client_.read_exactly(std::span(buffer).first(size)));
    bytes -= size;
  }
  return {};
}

Result<void> Conversation::answer(const Result<bool>& done) {
  if (!done) {
    return client_.write(kError + message(done.error().message));
  }
  return client_.write(std::string_view(*done ? &kOk : &kNoop, 1));
}

Result<unsigned> Conversation::status_of(std::string_view method, const std::string& path) {
  FABRIK_TRY(DaemonLink link, links_.take());
  FABRIK_CHECK(link.ask(method, path));
  FABRIK_TRY(const Reply reply, link.read_reply());
  return finish(std::move(link), reply);
}

Result<void> Conversation::upload(const std::string& path, std::uint64_t size) {
  Result<DaemonLink> link = links_.take();
  Result<void> sent = link ? link->ask("PUT", path, size) : Result<void>(fail(link.error()));
  std::array<char, 64 * 1024> buffer;
  while (size > 0) {
    const auto space = std::span(buffer).first(std::min<std::uint64_t>(size, buffer.size()));
    FABRIK_TRY(const std::string_view piece, client_.read_some(space));
    if (piece.empty()) {
      // The link goes with us: the daemon never takes a part for the whole.
      return fail(Errc::cancelled, "ccache ended in the middle of a value");
    }
    size -= piece.size();
    if (sent) {
      sent = link->send_body(piece);
    }
  }
  if (!sent) {
    return answer(fail(sent.error()));
  }
  const Result<Reply> reply = link->read_reply();
  if (!reply) {
    return answer(fail(reply.error()));
  }
  const Result<unsigned> status = finish(*std::move(link), *reply);
  if (!status) {
    return answer(fail(status.error()));
  }
  return answer(is_success(*status) ? Result<bool>(true) : refused(*status));
}

Result<unsigned> Conversation::finish(DaemonLink link, const Reply& reply) {
  for (;;) {
    FABRIK_TRY(const std::string_view piece, link.read_body());
    if (piece.empty()) {
      links_.give_back(std::move(link));
      return reply.status;
    }
  }
}

}  // namespace fabrik::ccache_helper
