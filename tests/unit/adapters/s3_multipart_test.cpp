// Uploads in parts through S3.
#include "adapters/s3/s3.hpp"

#include "tests/support/s3_fixture.hpp"

namespace fabrik::adapters {
namespace {

using testing::del;
using testing::element;
using testing::elements;
using testing::FakeExchange;
using testing::get;
using testing::post;
using testing::put;
using testing::served;

using S3Multipart = testing::S3Fixture;

TEST_F(S3Multipart, PartsBecomeOneObject) {
  const std::string id = upload("k", "text/x");
  const std::string first(300'000, 'a');
  const std::string one = part("k", id, 2, first).header("ETag");
  const std::string two = part("k", id, 10, "tail").header("ETag");
  EXPECT_EQ(served(*adapter_, get("/s3/b/k")).status(), 404u);
  const FakeExchange listed = served(*adapter_, get("/s3/b/k?uploadId=" + id));
  EXPECT_EQ(elements(listed, "PartNumber"), (std::vector<std::string>{"2", "10"}));
  EXPECT_EQ(elements(listed, "Size"), (std::vector<std::string>{"300000", "4"}));
  EXPECT_EQ(elements(served(*adapter_, get("/s3/b?uploads")), "UploadId"),
            (std::vector<std::string>{id}));
  const FakeExchange done = complete("k", id, {{2, one}, {10, two}});
  EXPECT_EQ(done.status(), 200u);
  const FakeExchange read = served(*adapter_, get("/s3/b/k"));
  EXPECT_TRUE(read.sent() == first + "tail");
  EXPECT_EQ(read.header("Content-Type"), "text/x");
  EXPECT_EQ(element(complete("k", id, {{2, one}}), "Code"), "NoSuchUpload");
  EXPECT_EQ(parts_.store.stats().entries, 1u);
}

TEST_F(S3Multipart, OnePartIsAnObjectToo) {
  const std::string id = upload("k");
  const std::string etag = part("k", id, 1, "bytes").header("ETag");
  EXPECT_EQ(complete("k", id, {{1, etag}}).status(), 200u);
  EXPECT_EQ(body_of("k"), "bytes");
}

TEST_F(S3Multipart, CompletingChecksWhatItIsTold) {
  const std::string id = upload("k");
  const std::string one = part("k", id, 1, "a").header("ETag");
  const std::string two = part("k", id, 2, "b").header("ETag");
  EXPECT_EQ(element(complete("k", id, {{2, two}, {1, one}}), "Code"), "InvalidPartOrder");
  EXPECT_EQ(element(complete("k", id, {{1, two}}), "Code"), "InvalidPart");
  EXPECT_EQ(element(complete("k", id, {{3, two}}), "Code"), "InvalidPart");
  EXPECT_EQ(element(complete("k", id, {}), "Code"), "MalformedXML");
  EXPECT_EQ(element(complete("other", id, {{1, one}}), "Code"), "NoSuchUpload");
  EXPECT_EQ(element(part("k", id, 0, "x"), "Code"), "InvalidArgument");
  EXPECT_EQ(element(part("k", id, 10001, "x"), "Code"), "InvalidArgument");
  EXPECT_EQ(element(part("k", "nope", 1, "x"), "Code"), "NoSuchUpload");
  EXPECT_EQ(complete("k", id, {{1, one}, {2, two}}).status(), 200u);
}

TEST_F(S3Multipart, AnAbortedUploadLeavesNothing) {
  const std::string id = upload("k");
  part("k", id, 1, "a");
  EXPECT_EQ(served(*adapter_, del("/s3/b/k?uploadId=" + id)).status(), 204u);
  EXPECT_EQ(parts_.store.stats().entries, 0u);
  EXPECT_EQ(element(served(*adapter_, del("/s3/b/k?uploadId=" + id)), "Code"), "NoSuchUpload");
}

TEST_F(S3Multipart, PartsAreCopiedFromObjects) {
  served(*adapter_, put("/s3/b/source", "0123456789"));
  const std::string id = upload("k");
  const auto copy = [&](const char* number, const char* range) {
    FakeExchange exchange =
        put("/s3/b/k?partNumber=" + std::string(number) + "&uploadId=" + id, "");
    exchange.with_header("x-amz-copy-source", "/b/source");
    if (range) {
      exchange.with_header("x-amz-copy-source-range", range);
    }
    return served(*adapter_, exchange);
  };
  const auto tag = [](const FakeExchange& answer) { return element(answer, "ETag"); };
  EXPECT_EQ(element(copy("1", "bytes=20-30"), "Code"), "InvalidArgument");
  const std::string one = tag(copy("1", "bytes=2-4"));
  const std::string two = tag(copy("2", nullptr));
  EXPECT_EQ(complete("k", id, {{1, one}, {2, two}}).status(), 200u);
  EXPECT_EQ(body_of("k"), "2340123456789");
}

TEST_F(S3Multipart, TooMuchMetadataIsRefused) {
  const FakeExchange answer =
      served(*adapter_, put("/s3/b/k", "x").with_header("x-amz-meta-a", std::string(9000, 'x')));
  EXPECT_EQ(element(answer, "Code"), "MetadataTooLarge");
}

TEST_F(S3Multipart, APartWithoutRoomIsRefusedAndAnObjectIsDropped) {
  const std::string id = upload("k");
  cache::MemoryStore none{0, parts_.clock};
  cache::LocalCache full{none, parts_.pool, parts_.counters};
  const auto adapter = std::move(parts_.make(full, {"sccache"}).front());
  EXPECT_EQ(served(*adapter, put("/s3/b/k", "bytes")).status(), 200u);
  EXPECT_EQ(served(*adapter, get("/s3/b/k")).status(), 404u);
  const FakeExchange refused = served(*adapter, post("/s3/b/k?uploads", ""));
  EXPECT_EQ(refused.status(), 503u);
  EXPECT_EQ(element(refused, "Code"), "SlowDown");
}

}  // namespace
}  // namespace fabrik::adapters
