#include "adapters/turborepo/routes.hpp"

#include <gtest/gtest.h>

namespace fabrik::adapters {
namespace {

TEST(TurboRoutes, FindsTheFourRoutes) {
  EXPECT_EQ(parse_turbo_path("/v8/artifacts").route, TurboRoute::query);
  EXPECT_EQ(parse_turbo_path("/v8/artifacts/").route, TurboRoute::query);
  EXPECT_EQ(parse_turbo_path("/v8/artifacts/status").route, TurboRoute::status);
  EXPECT_EQ(parse_turbo_path("/v8/artifacts/events").route, TurboRoute::events);
  const TurboTarget artifact = parse_turbo_path("/v8/artifacts/0123456789abcdef");
  EXPECT_EQ(artifact.route, TurboRoute::artifact);
  EXPECT_EQ(artifact.hash, "0123456789abcdef");
}

TEST(TurboRoutes, EverythingElseIsUnknown) {
  for (const std::string& path :
       {std::string(""), std::string("/"), std::string("/v8/artifactsx"),
        std::string("/v8/artifacts/a/b"), std::string("/v8/artifacts/.."),
        std::string("/v8/artifacts/%2e%2e"), std::string("/v8/artifacts//"),
        "/v8/artifacts/" + std::string(4096, 'a')}) {
    EXPECT_EQ(parse_turbo_path(path).route, TurboRoute::unknown) << path.substr(0, 40);
  }
}

TEST(TurboRoutes, NamespacesOfIdSlugAndNeitherStayApart) {
  EXPECT_EQ(*turbo_namespace("teamId=x"), "team:x");
  EXPECT_EQ(*turbo_namespace("slug=x"), "slug:x");
  EXPECT_EQ(*turbo_namespace(""), "");
  EXPECT_EQ(*turbo_namespace("other=x"), "");
}

TEST(TurboRoutes, TheTeamIdWinsOverTheSlugWhateverTheOrder) {
  EXPECT_EQ(*turbo_namespace("slug=s&teamId=t"), "team:t");
  EXPECT_EQ(*turbo_namespace("teamId=t&slug=s"), "team:t");
}

TEST(TurboRoutes, AnEmptyValueCountsAsNotThere) {
  EXPECT_EQ(*turbo_namespace("teamId=&slug=s"), "slug:s");
  EXPECT_EQ(*turbo_namespace("slug="), "");
}

TEST(TurboRoutes, ValuesAreDecoded) {
  EXPECT_EQ(*turbo_namespace("slug=a%26b+c"), "slug:a&b c");
}

TEST(TurboRoutes, AMalformedNamespaceIsNoOtherNamespace) {
  for (const std::string& query : {std::string("slug=%zz"), std::string("slug=a%00"),
                                   std::string("teamId=%"), "slug=" + std::string(257, 'a')}) {
    EXPECT_FALSE(turbo_namespace(query).has_value()) << query.substr(0, 40);
  }
}

TEST(TurboRoutes, RouteNamesAreNoHashes) {
  EXPECT_FALSE(is_turbo_hash("status"));
  EXPECT_FALSE(is_turbo_hash("events"));
  EXPECT_TRUE(is_turbo_hash("statusx"));
}

}  // namespace
}  // namespace fabrik::adapters
