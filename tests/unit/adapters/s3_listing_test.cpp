// Listings through S3.
#include "adapters/s3/s3.hpp"

#include "tests/support/s3_fixture.hpp"

namespace fabrik::adapters {
namespace {

using testing::del;
using testing::element;
using testing::elements;
using testing::FakeExchange;
using testing::get;
using testing::put;
using testing::served;

using S3Listing = testing::S3Fixture;

TEST_F(S3Listing, ListsInTheOrderOfTheBytes) {
  for (const char* key : {"b", "a/2", "a/1", "%C3%A4", "B"}) {
    store(key);
  }
  EXPECT_EQ(elements(served(*adapter_, get("/s3/b?list-type=2")), "Key"),
            (std::vector<std::string>{"B", "a/1", "a/2", "b", "\xc3\xa4"}));
  EXPECT_EQ(elements(served(*adapter_, get("/s3/b?list-type=2&prefix=a/")), "Key"),
            (std::vector<std::string>{"a/1", "a/2"}));
  EXPECT_EQ(elements(served(*adapter_, get("/s3/b?list-type=2&start-after=a/2&encoding-type=url")),
                     "Key"),
            (std::vector<std::string>{"b", "%C3%A4"}));
  EXPECT_EQ(elements(served(*adapter_, get("/s3/b?marker=a/2")), "Key"),
            (std::vector<std::string>{"b", "\xc3\xa4"}));
}

TEST_F(S3Listing, FoldersAreCommonPrefixes) {
  for (const char* key : {"a/1", "a/2", "a/x/3", "b", "c/1"}) {
    store(key);
  }
  const FakeExchange answer = served(*adapter_, get("/s3/b?list-type=2&delimiter=/"));
  EXPECT_EQ(elements(answer, "Key"), (std::vector<std::string>{"b"}));
  EXPECT_EQ(elements(answer, "CommonPrefixes"),
            (std::vector<std::string>{"<Prefix>a/</Prefix>", "<Prefix>c/</Prefix>"}));
  EXPECT_EQ(element(answer, "KeyCount"), "3");
  const FakeExchange inside = served(*adapter_, get("/s3/b?list-type=2&delimiter=/&prefix=a/"));
  EXPECT_EQ(elements(inside, "Key"), (std::vector<std::string>{"a/1", "a/2"}));
  EXPECT_EQ(elements(inside, "CommonPrefixes"),
            (std::vector<std::string>{"<Prefix>a/x/</Prefix>"}));
}

TEST_F(S3Listing, PagesJoinToTheWholeListing) {
  for (const char* key : {"a/1", "a/2", "b", "c/1", "c/2", "d", "e/"}) {
    store(key);
  }
  for (const char* delimiter : {"", "&delimiter=/"}) {
    std::vector<std::string> whole;
    std::string token;
    for (int page = 0; page < 10; ++page) {
      const FakeExchange answer =
          served(*adapter_, get("/s3/b?list-type=2&max-keys=2" + std::string(delimiter) +
                                (token.empty() ? "" : "&continuation-token=" + token)));
      for (const char* name : {"Key", "CommonPrefixes"}) {
        for (const std::string& one : elements(answer, name)) {
          whole.push_back(one);
        }
      }
      token = element(answer, "NextContinuationToken");
      if (token == "(none)") {
        EXPECT_EQ(element(answer, "IsTruncated"), "false");
        break;
      }
      EXPECT_EQ(element(answer, "IsTruncated"), "true");
      EXPECT_EQ(element(answer, "KeyCount"), "2");
      token.replace(std::min(token.find('='), token.size()), std::string::npos,
                    token.contains("==")  ? "%3D%3D"
                    : token.contains('=') ? "%3D"
                                          : "");
    }
    EXPECT_EQ(whole.size(), *delimiter == '\0' ? 7u : 5u) << delimiter;
  }
  EXPECT_EQ(element(served(*adapter_, get("/s3/b?list-type=2&continuation-token=!")), "Code"),
            "InvalidArgument");
}

TEST_F(S3Listing, BucketsAreThereWhenTheyHoldSomething) {
  EXPECT_EQ(served(*adapter_, FakeExchange(net::Method::put, "PUT", "/s3/new")).status(), 200u);
  EXPECT_TRUE(elements(served(*adapter_, get("/s3")), "Name").empty());
  store("k");
  upload("unfinished");
  served(*adapter_, put("/s3/Other/k", "x"));
  EXPECT_EQ(elements(served(*adapter_, get("/s3")), "Name"),
            (std::vector<std::string>{"Other", "b"}));
  EXPECT_EQ(element(served(*adapter_, del("/s3/b")), "Code"), "BucketNotEmpty");
  EXPECT_EQ(served(*adapter_, del("/s3/new")).status(), 204u);
  EXPECT_NE(served(*adapter_, get("/s3/b?location")).sent().find("<LocationConstraint"),
            std::string::npos);
}

}  // namespace
}  // namespace fabrik::adapters
