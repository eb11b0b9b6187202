#include "ccache_helper/helper.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <system_error>
#include <thread>

#include "ccache_helper/conversation.hpp"

namespace fabrik::ccache_helper {
namespace {

using Clock = std::chrono::steady_clock;

Result<sockaddr_un> socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Errc::invalid_argument, path + " is too long for a Unix socket");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

bool somebody_listens(const sockaddr_un& address) {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

Result<UniqueFd> listen_at(const std::string& path) {
  FABRIK_TRY(const sockaddr_un address, socket_address(path));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // A helper that was killed leaves its socket behind, and ccache none but us to clean up.
  if (!somebody_listens(address)) {
    ::unlink(path.c_str());
  }
  ::umask(077);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    return fail_errno("listen on " + path);
  }
  return socket;
}

bool is_own_user(int client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

class Helper {
 public:
  explicit Helper(Settings settings) : settings_(std::move(settings)), links_(settings_) {}

  [[noreturn]] void run(const UniqueFd& listener) {
    touch();
    while (!is_idle()) {
      accept_one(listener, wait_ms());
    }
    ::unlink(settings_.endpoint.c_str());
    // Whoever connected before the socket was gone is served; later ones start another.
    while (accept_one(listener, 0) || active_ > 0) {
      accept_one(listener, 100);
    }
    ::_exit(0);
  }

 private:
  // Whether a client came within that time.
  bool accept_one(const UniqueFd& listener, int timeout_ms) {
    pollfd entry{.fd = listener.get(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, timeout_ms) <= 0) {
      return false;
    }
    UniqueFd client(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client || !is_own_user(client.get())) {
      return false;
    }
    ++active_;
    try {
      std::thread([this, socket = std::move(client)]() mutable {
        converse(std::move(socket));
      }).detach();
    } catch (const std::system_error&) {
      --active_;  // too many at once: this one compiles without us
    }
    return true;
  }

  void converse(UniqueFd client) {
    const auto ending =
        Conversation(ByteStream(std::move(client), "ccache"), settings_, links_).run();
    if (ending && *ending == Ending::stop_requested) {
      ::unlink(settings_.endpoint.c_str());
      ::_exit(0);
    }
    touch();
    --active_;
  }

  void touch() { last_use_ = Clock::now().time_since_epoch().count(); }

  bool is_idle() const {
    return settings_.idle_timeout.count() > 0 && active_ == 0 &&
           Clock::now().time_since_epoch() - Clock::duration(last_use_) >= settings_.idle_timeout;
  }

  int wait_ms() const {
    const auto longest = std::chrono::milliseconds(std::chrono::minutes(1));
    return settings_.idle_timeout.count() == 0
               ? -1
               : static_cast<int>(
                     std::min<std::chrono::milliseconds>(settings_.idle_timeout, longest).count());
  }

  const Settings settings_;
  LinkPool links_;
  std::atomic<int> active_{0};
  std::atomic<Clock::rep> last_use_{0};
};

Result<void> begin(const Env& env) {
  FABRIK_TRY(Settings settings, read_settings(env));
  FABRIK_TRY(const UniqueFd listener, listen_at(settings.endpoint));
  if (settings.endpoint.starts_with('/')) {
    (void)::chdir("/");  // the directory of some build must not stay in use
  }
  Helper(std::move(settings)).run(listener);
}

}  // namespace

Error serve(const Env& env) {
  return begin(env).error();
}

}  // namespace fabrik::ccache_helper
