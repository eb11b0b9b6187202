#include "adapters/oci/names.hpp"

#include <gtest/gtest.h>

#include "adapters/oci/routes.hpp"

namespace fabrik::adapters {
namespace {

const std::string kHex(64, 'a');

TEST(OciNames, RepositoriesFollowTheGrammar) {
  for (const char* good :
       {"a", "0", "app", "a/b/c", "a.b", "a_b", "a__b", "a-b", "a---b", "library/my.app_2/x-1"}) {
    EXPECT_TRUE(is_oci_repository(good)) << good;
  }
  for (const char* bad : {"", "A", "a/", "/a", "a//b", ".a", "a.", "a..b", "a___b", "a._b", "-a",
                          "a-", "a b", "..", "a/../b", "a%2fb", "a:b"}) {
    EXPECT_FALSE(is_oci_repository(bad)) << bad;
  }
  EXPECT_TRUE(is_oci_repository(std::string(255, 'a')));
  EXPECT_FALSE(is_oci_repository(std::string(256, 'a')));
}

TEST(OciNames, TagsFollowTheGrammar) {
  for (const char* good : {"latest", "1", "_x", "v1.2-rc_3", "A"}) {
    EXPECT_TRUE(is_oci_tag(good)) << good;
  }
  for (const char* bad : {"", ".a", "-a", "a/b", "a:b", "a b", "a\n"}) {
    EXPECT_FALSE(is_oci_tag(bad)) << bad;
  }
  EXPECT_TRUE(is_oci_tag(std::string(128, 'a')));
  EXPECT_FALSE(is_oci_tag(std::string(129, 'a')));
}

TEST(OciNames, OnlyLowerCaseSha256IsADigest) {
  const auto digest = parse_oci_digest("sha256:" + kHex);
  ASSERT_TRUE(digest);
  EXPECT_EQ(oci_digest(*digest), "sha256:" + kHex);
  for (const std::string& bad :
       {std::string(), kHex, std::string("sha256:"), "sha256:" + kHex + "a",
        "sha256:" + kHex.substr(1), "sha256:" + std::string(64, 'A'), "sha512:" + kHex + kHex,
        "SHA256:" + kHex, "sha256:" + std::string(64, 'g')}) {
    EXPECT_FALSE(parse_oci_digest(bad)) << bad;
  }
}

TEST(OciNames, UploadRangesAreTwoNumbersInOrder) {
  EXPECT_EQ(parse_upload_range("0-9"), (UploadRange{.first = 0, .last = 9}));
  EXPECT_EQ(parse_upload_range("bytes 5-9/*"), (UploadRange{.first = 5, .last = 9}));
  for (const char* bad : {"", "-", "5", "5-", "-5", "9-5", "a-b", "0 - 9", "bytes=0-9",
                          "0-99999999999999999999999"}) {
    EXPECT_FALSE(parse_upload_range(bad)) << bad;
  }
}

struct RouteCase {
  const char* path;
  OciRoute route;
  const char* repository;
  const char* reference;
};

TEST(OciRoutes, EveryEndpointHasItsRoute) {
  constexpr RouteCase kCases[] = {
      {"/v2", OciRoute::ping, "", ""},
      {"/v2/", OciRoute::ping, "", ""},
      {"/v2/_catalog", OciRoute::catalog, "", ""},
      {"/v2/a/b/blobs/sha256:00", OciRoute::blob, "a/b", "sha256:00"},
      {"/v2/a/blobs/sha256%3A00", OciRoute::blob, "a", "sha256:00"},
      {"/v2/a/blobs/uploads/", OciRoute::uploads, "a", ""},
      {"/v2/a/blobs/uploads", OciRoute::uploads, "a", ""},
      {"/v2/a/blobs/uploads/17", OciRoute::upload, "a", "17"},
      {"/v2/a/manifests/latest", OciRoute::manifest, "a", "latest"},
      {"/v2/a/tags/list", OciRoute::tags, "a", ""},
      {"/v2/a/referrers/sha256:00", OciRoute::referrers, "a", "sha256:00"},
      // These words may also be parts of a name.
      {"/v2/blobs/manifests/x", OciRoute::manifest, "blobs", "x"},
      {"/v2/a/blobs/uploads/tags/list", OciRoute::tags, "a/blobs/uploads", ""},
      {"/v2/tags/list/blobs/x", OciRoute::blob, "tags/list", "x"},
  };
  for (const RouteCase& expected : kCases) {
    const OciTarget target = parse_oci_path(expected.path);
    EXPECT_EQ(target.route, expected.route) << expected.path;
    EXPECT_EQ(target.repository, expected.repository) << expected.path;
    EXPECT_EQ(target.reference, expected.reference) << expected.path;
  }
}

TEST(OciRoutes, TheRestIsUnknown) {
  for (const char* path : {"/v2/a", "/v2/a/manifests/", "/v2/a/blobs/", "/v2/a/tags", "/v2//",
                           "/v2/%zz", "/v2/a%00/tags/list", "/v1/", "/v2x"}) {
    EXPECT_EQ(parse_oci_path(path).route, OciRoute::unknown) << path;
  }
}

}  // namespace
}  // namespace fabrik::adapters
