#include "net/request_guard.hpp"

#include <gtest/gtest.h>

namespace fabrik::net {
namespace {

struct Case {
  const char* host;
  std::uint16_t port;
  bool allowed;
};

TEST(RequestGuard, KnowsOurHosts) {
  const Case cases[] = {
      {"127.0.0.1:4711", 4711, true},
      {"localhost:4711", 4711, true},
      {"LOCALHOST:4711", 4711, true},
      {"[::1]:4711", 4711, true},
      {"127.0.0.1", 80, true},
      {"127.0.0.1:80", 80, true},
      {"127.0.0.1", 4711, false},
      {"127.0.0.1:4712", 4711, false},
      {"127.0.0.1:", 4711, false},
      {"127.0.0.1:04711x", 4711, false},
      {"127.0.0.1:-4711", 4711, false},
      {"127.0.0.1:+4711", 4711, false},
      {"127.0.0.1:70247", 4711, false},  // 4711 + 65536
      {"127.0.0.1.evil.com:4711", 4711, false},
      {"localhost.evil.com:4711", 4711, false},
      {"evil.com:4711", 4711, false},
      {"evil.com@127.0.0.1:4711", 4711, false},
      {"127.0.0.1:4711, evil.com", 4711, false},
      {"127.0.0.2:4711", 4711, false},
      {"0.0.0.0:4711", 4711, false},
      {"::1:4711", 4711, false},
      {"2130706433:4711", 4711, false},
      {"", 80, false},
      {" 127.0.0.1:4711", 4711, false},
  };
  for (const Case& entry : cases) {
    EXPECT_EQ(is_loopback_host(entry.host, entry.port), entry.allowed)
        << entry.host << " on " << entry.port;
  }
}

Request good_request() {
  Request request;
  request.headers.add("Host", "127.0.0.1:4711");
  return request;
}

unsigned status_of(const Request& request) {
  const std::optional<Refusal> refusal = check_loopback_request(request, 4711);
  return refusal ? refusal->status : 0;
}

TEST(RequestGuard, LetsABuildToolThrough) {
  EXPECT_EQ(status_of(good_request()), 0U);
}

TEST(RequestGuard, WantsExactlyOneHost) {
  EXPECT_EQ(status_of(Request{}), 400U);
  Request twice = good_request();
  twice.headers.add("host", "127.0.0.1:4711");
  EXPECT_EQ(status_of(twice), 400U);
}

TEST(RequestGuard, RefusesAForeignHost) {
  Request request;
  request.headers.add("Host", "evil.example:4711");
  EXPECT_EQ(status_of(request), 403U);
}

TEST(RequestGuard, RefusesEveryOrigin) {
  for (const char* origin : {"https://evil.example", "http://127.0.0.1:4711", "null", ""}) {
    Request request = good_request();
    request.headers.add("oRiGiN", origin);
    EXPECT_EQ(status_of(request), 403U) << origin;
  }
}

TEST(RequestGuard, RefusesFetchesOfWebPages) {
  for (const char* site : {"cross-site", "same-site", "same-origin", "", "None"}) {
    Request request = good_request();
    request.headers.add("Sec-Fetch-Site", site);
    EXPECT_EQ(status_of(request), 403U) << site;
  }
  Request typed = good_request();
  typed.headers.add("Sec-Fetch-Site", "none");
  EXPECT_EQ(status_of(typed), 0U);
  typed.headers.add("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(status_of(typed), 403U);
}

TEST(RequestGuard, SaysWhy) {
  Request request;
  request.headers.add("Host", "evil.example");
  const std::optional<Refusal> refusal = check_loopback_request(request, 4711);
  ASSERT_TRUE(refusal);
  EXPECT_NE(refusal->reason.find("127.0.0.1:4711"), std::string::npos);
}

}  // namespace
}  // namespace fabrik::net
