// Who is let in: on every route, with every method. The check stands before any
// adapter, and this holds it there whatever adapters come.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/fs.hpp"
#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

// One path of each protocol, of those that may be switched off, and of none.
constexpr std::array kRoutes = {
    "/",
    "/health",
    "/ready",
    "/metrics",
    "/v1/stats",
    "/cache/0123456789abcdef0123456789abcdef",
    "/0123456789abcdef0123456789abcdef",
    "/v1/cache/0123456789",
    "/v8/artifacts/0123456789abcdef?teamId=t",
    "/v8/artifacts/status",
    "/v8/artifacts/events",
    "/ccache/ab/cdef",
    "/rush/0123",
    "/ac/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "/cas/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "/s3/bucket/key",
    "/s3/bucket?list-type=2",
    "/v2/",
    "/v2/image/manifests/latest",
    "/v2/image/blobs/uploads/",
    "/maven/v1/x/y",
    "/nobody/knows/this",
};
constexpr std::array kMethods = {"GET",   "HEAD",    "PUT",      "POST",  "DELETE",
                                 "PATCH", "OPTIONS", "PROPFIND", "TRACE", "ANYTHING"};

constexpr const char* kAllTools =
    "[build_tools]\nenabled = [\"gradle\", \"nx\", \"turborepo\", \"ccache\", \"rush\", "
    "\"bazel\"]\n";
constexpr const char* kToken = "00112233445566778899aabbccddeeff";

class Access : public ::testing::Test {
 protected:
  WorkerOptions in_token_mode() {
    const auto file = dir_ / "token";
    EXPECT_TRUE(write_file_atomically(file, std::string(kToken) + "\n"));
    return {.config = std::string(kAllTools) + "[daemon]\naccess = \"token\"\n",
            .token_file = file};
  }

  // Expects `status` from every route with every method.
  void everywhere(int status, std::string_view headers, std::string_view host = {}) {
    for (const std::string route : kRoutes) {
      for (const std::string method : kMethods) {
        RawClient client = RawClient::tcp(home_.port());
        std::string request = request_text(home_.port(), method, route, headers, "");
        if (!host.empty()) {
          const auto at = request.find("Host: ");
          request.replace(at, request.find("\r\n", at) - at, "Host: " + std::string(host));
        }
        client.send(request);
        const auto response = client.read_response(method == "HEAD");
        ASSERT_TRUE(response) << method << " " << route;
        EXPECT_EQ(response->status, status) << method << " " << route << " " << headers << host;
        for (const auto& [name, value] : response->headers) {
          EXPECT_FALSE(name.starts_with("access-control-")) << name << ": " << value;
        }
      }
    }
  }

  TempDir dir_;
  WorkerHome home_{dir_.path()};
};

TEST_F(Access, ForeignHostsAreRefusedOnEveryRouteAndMethod) {  // rule S12
  const DaemonProcess worker(home_, {.config = kAllTools});
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  everywhere(403, "", "evil.example:" + std::to_string(home_.port()));
  everywhere(403, "", "127.0.0.1:1");
}

TEST_F(Access, WebPagesAreRefusedOnEveryRouteAndMethod) {  // rule S12
  const DaemonProcess worker(home_, {.config = kAllTools});
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  everywhere(403, "Origin: https://evil.example\r\n");
  everywhere(403, "Origin: http://127.0.0.1:" + std::to_string(home_.port()) + "\r\n");
  everywhere(403, "Sec-Fetch-Site: same-site\r\n");
}

TEST_F(Access, OtherUsersAreRefusedOnEveryRouteAndMethod) {  // rule S11
  if (::geteuid() != 0) {
    std::fprintf(stderr, "WARNING: not root, so no connection of another user can be made\n");
    GTEST_SKIP() << "needs root";
  }
  const DaemonProcess worker(home_, {.config = kAllTools});
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  const pid_t stranger = ::fork();
  if (stranger == 0) {
    if (::setresuid(65534, 65534, 65534) == 0) {
      everywhere(403, "");
      bool reached = true;
      try {
        (void)RawClient::unix_socket(home_.admin_socket());
      } catch (const std::exception&) {
        reached = false;
      }
      EXPECT_FALSE(reached);
    } else {
      ADD_FAILURE() << "cannot become another user";
    }
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  ::waitpid(stranger, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Access, TokenModeWantsTheTokenOnEveryRouteAndMethod) {  // rule S11
  const DaemonProcess worker(home_, in_token_mode());
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  EXPECT_NE(worker.ready_line().find("\"token_mode\":true"), std::string::npos);
  everywhere(401, "");
  everywhere(401, "Authorization: Bearer fabrik-local\r\n");
  // The token is no excuse for a web page.
  everywhere(403, "Origin: null\r\nAuthorization: Bearer " + std::string(kToken) + "\r\n");
}

TEST_F(Access, TokenModeServesWhoHasTheToken) {
  const DaemonProcess worker(home_, in_token_mode());
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  const std::string header = "Authorization: Bearer " + std::string(kToken) + "\r\n";
  const std::string key = "/cache/0123456789abcdef0123456789abcdef";
  EXPECT_EQ(fetch(home_.port(), "PUT", key, "value", header).status, 200);
  EXPECT_EQ(fetch(home_.port(), "GET", key, {}, header).body, "value");
  const auto refused = fetch(home_.port(), "GET", key);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("www-authenticate"), "Basic realm=\"fabrik\"");
  EXPECT_EQ(worker.admin("GET", "/v1/stats").status, 200) << "the private socket needs none";
}

TEST_F(Access, TokenModeWithoutATokenDoesNotStart) {
  WorkerOptions options = in_token_mode();
  options.token_file = dir_ / "missing";
  const DaemonProcess worker(home_, options);
  EXPECT_FALSE(worker.ready());
  EXPECT_NE(worker.ready_line().find("missing"), std::string::npos) << worker.ready_line();
}

TEST_F(Access, TheTokenIsNowhereInTheLog) {  // rule S14
  const DaemonProcess worker(home_, in_token_mode());
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  fetch(home_.port(), "GET", "/nothing", {},
        "Authorization: Bearer " + std::string(kToken) + "\r\n");
  EXPECT_EQ(worker.log().find(kToken), std::string::npos);
}

}  // namespace
}  // namespace fabrik::testing
