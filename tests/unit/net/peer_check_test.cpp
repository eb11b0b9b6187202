#include "net/peer_check.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/listen.hpp"
#include "net/peer_lookup.hpp"
#include "tests/support/raw_http.hpp"

namespace fabrik::net {
namespace {

using fabrik::testing::RawClient;

constexpr uid_t kNobody = 65534;

struct Loopback {
  UniqueFd listener = listen_on_loopback(0).value();
  std::uint16_t port = port_of(listener.get()).value();

  UniqueFd accept() const {
    pollfd_wait();
    return UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  // The listener does not block.
  void pollfd_wait() const {
    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(listener.get(), &readable);
    timeval limit{.tv_sec = 60, .tv_usec = 0};
    ::select(listener.get() + 1, &readable, nullptr, nullptr, &limit);
  }
};

// A client of another user: connects, and stays until told to go (or, with
// `leave`, closes at once and stays as a process).
class OtherUser {
 public:
  OtherUser(std::uint16_t port, bool leave) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    EXPECT_EQ(::pipe(quit_), 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::close(quit_[1]);
      if (::setresuid(kNobody, kNobody, kNobody) != 0) {
        ::_exit(1);
      }
      RawClient client = RawClient::tcp(port);
      if (leave) {
        client.close();
      }
      char byte = 'x';
      if (::write(ready[1], &byte, 1) != 1) {
        ::_exit(1);
      }
      ::_exit(::read(quit_[0], &byte, 1) == 0 ? 0 : 1);
    }
    ::close(ready[1]);
    ::close(quit_[0]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
  }
  ~OtherUser() {
    ::close(quit_[1]);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_EQ(status, 0);
  }

 private:
  int quit_[2] = {-1, -1};
  pid_t child_ = -1;
};

bool can_become_nobody() {
  if (::geteuid() == 0) {
    return true;
  }
  std::fprintf(stderr, "WARNING: not root, so no connection of another user can be made\n");
  return false;
}

TEST(PeerCheck, NamesOurselvesOverLoopback) {
  const Loopback server;
  const RawClient client = RawClient::tcp(server.port);
  const UniqueFd accepted = server.accept();
  const auto check = open_peer_check();
  ASSERT_TRUE(check) << check.error().message;
  EXPECT_EQ((*check)->uid_of(accepted.get()).value(), ::geteuid());
}

TEST(PeerCheck, NamesAnotherUserOverLoopback) {
  if (!can_become_nobody()) {
    GTEST_SKIP() << "needs root";
  }
  const Loopback server;
  const OtherUser client(server.port, false);
  const UniqueFd accepted = server.accept();
  EXPECT_EQ(open_peer_check().value()->uid_of(accepted.get()).value(), kNobody);
}

// The kernel reports sockets without an owner as root's: whoever connects, sends
// and closes at once must not pass for root.
TEST(PeerCheck, DoesNotTakeAClosedClientForRoot) {
  if (!can_become_nobody()) {
    GTEST_SKIP() << "needs root";
  }
  const Loopback server;
  const OtherUser client(server.port, true);
  const UniqueFd accepted = server.accept();
  const Result<uid_t> uid = open_peer_check().value()->uid_of(accepted.get());
  if (uid) {
    EXPECT_EQ(*uid, kNobody);
  } else {
    EXPECT_EQ(uid.error().code, Errc::not_found);
  }
}

TEST(PeerCheck, ProcTableNamesTheSameUser) {
  const Loopback server;
  const RawClient client = RawClient::tcp(server.port);
  const UniqueFd accepted = server.accept();
  const SocketAddresses addresses = addresses_of(accepted.get()).value();
  EXPECT_EQ(client_uid_from_proc(addresses).value(), ::geteuid());
}

TEST(PeerCheck, ProcTableIsReadExactly) {
  SocketAddresses addresses;
  addresses.family = AF_INET;
  addresses.local = {.address = {htonl(INADDR_LOOPBACK)}, .port = htons(8080)};
  addresses.remote = {.address = {htonl(INADDR_LOOPBACK)}, .port = htons(40000)};
  const std::string head = "  sl  local_address rem_address st\n";
  const std::string client =
      "   1: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1234  0 777 "
      "1\n";
  const std::string server =
      "   2: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  99  0 778 1\n";
  EXPECT_EQ(client_uid_from_table(head + server + client, addresses).value(), 1234U);
  EXPECT_FALSE(client_uid_from_table(head + server, addresses));
  std::string orphan = client;
  orphan.replace(orphan.find("777"), 3, "0");
  EXPECT_FALSE(client_uid_from_table(head + orphan, addresses));
  EXPECT_FALSE(client_uid_from_table("", addresses));
}

TEST(PeerCheck, ReadsCredentialsOfUnixSockets) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const UniqueFd one(pair[0]);
  const UniqueFd other(pair[1]);
  EXPECT_EQ(open_peer_check().value()->uid_of(one.get()).value(), ::geteuid());
}

TEST(PeerPolicy, AdmitsItsOwnerAndRoot) {
  const PeerPolicy policy{.own_uid = 1000};
  EXPECT_TRUE(policy.admits(1000));
  EXPECT_TRUE(policy.admits(0));
  EXPECT_FALSE(policy.admits(1001));
  EXPECT_FALSE((PeerPolicy{.own_uid = 1000, .allow_root = false}.admits(0)));
}

}  // namespace
}  // namespace fabrik::net
