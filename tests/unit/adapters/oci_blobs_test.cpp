#include "tests/unit/adapters/oci_fixture.hpp"

namespace fabrik::adapters {
namespace {

class OciBlobsTest : public OciTest {};

TEST_F(OciBlobsTest, ThePingSaysThatThisIsARegistry) {
  EXPECT_EQ(get("/v2/").status(), 200u);
  EXPECT_EQ(head("/v2").status(), 200u);
  EXPECT_EQ(get("/v2/").header("Docker-Distribution-Api-Version"), "registry/2.0");
  EXPECT_EQ(put("/v2/", "x").status(), 405u);
}

TEST_F(OciBlobsTest, AnOverloadedRegistryAsksToComeAgain) {
  for (Exchange exchange : {testing::get("/v2/"), testing::head(blob("a", "x")),
                            testing::post("/v2/a/blobs/uploads/", "")}) {
    EXPECT_EQ(send(exchange.overloaded()).status(), 503u);
  }
  EXPECT_NE(send(testing::get("/v2/").overloaded()).sent().find("TOOMANYREQUESTS"),
            std::string::npos);
}

TEST_F(OciBlobsTest, PostThenPutStoresABlob) {
  const std::string bytes(200'000, 'x');
  const Exchange started = post("/v2/a/b/blobs/uploads/");
  EXPECT_EQ(started.status(), 202u);
  EXPECT_EQ(started.header("Range"), "0-0");
  const std::string location = started.header("Location");
  EXPECT_TRUE(location.starts_with("/v2/a/b/blobs/uploads/")) << location;
  const Exchange stored = put(location + "?digest=" + digest_of(bytes), bytes);
  EXPECT_EQ(stored.status(), 201u);
  EXPECT_EQ(stored.header("Location"), blob("a/b", bytes));
  const Exchange hit = get(blob("a/b", bytes));
  EXPECT_EQ(hit.status(), 200u);
  EXPECT_TRUE(hit.sent() == bytes);
  EXPECT_EQ(hit.header("Docker-Content-Digest"), digest_of(bytes));
  const Exchange there = head(blob("a/b", bytes));
  EXPECT_EQ(there.status(), 200u);
  EXPECT_EQ(there.announced(), bytes.size());
}

TEST_F(OciBlobsTest, PatchesThenAnEmptyPutStoreABlob) {
  const std::string location = begin("a");
  const Exchange chunked = send(patch(location, "hello ").without_length());
  EXPECT_EQ(chunked.status(), 202u);
  EXPECT_EQ(chunked.header("Range"), "0-5");
  EXPECT_EQ(send(patch(location, "wor").with_header("Content-Range", "6-8")).header("Range"),
            "0-8");
  EXPECT_EQ(get(location).status(), 204u);
  EXPECT_EQ(get(location).header("Range"), "0-8");
  EXPECT_EQ(send(testing::put(location + "?digest=" + digest_of("hello world"), "ld")
                     .with_header("Content-Range", "9-10"))
                .status(),
            201u);
  EXPECT_EQ(get(blob("a", "hello world")).sent(), "hello world");
  EXPECT_EQ(get(location).status(), 404u);
}

TEST_F(OciBlobsTest, APieceOutOfOrderIsRefusedAndTheUploadGoesOn) {
  const std::string location = begin("a");
  send(patch(location, "abc"));
  for (const char* range : {"0-2", "4-6"}) {
    const Exchange refused = send(patch(location, "xyz").with_header("Content-Range", range));
    EXPECT_EQ(refused.status(), 416u);
    EXPECT_EQ(refused.header("Range"), "0-2");
    EXPECT_EQ(refused.header("Location"), location);
  }
  EXPECT_EQ(send(patch(location, "xyz").with_header("Content-Range", "3-9")).status(), 400u);
  EXPECT_EQ(send(patch(location, "xyz").with_header("Content-Range", "junk")).status(), 400u);
  EXPECT_EQ(send(testing::put(location + "?digest=" + digest_of("abcxyz"), "xyz")
                     .with_header("Content-Range", "4-6"))
                .status(),
            416u);
  EXPECT_EQ(put(location + "?digest=" + digest_of("abcxyz"), "xyz").status(), 201u);
}

TEST_F(OciBlobsTest, OnePostWithTheDigestStoresABlob) {
  const std::string target = "/v2/a/blobs/uploads/?digest=";
  EXPECT_EQ(send(testing::post(target + digest_of("one"), "one")).status(), 201u);
  EXPECT_EQ(get(blob("a", "one")).sent(), "one");
  EXPECT_EQ(code(send(testing::post(target + digest_of("one"), "two"))), "DIGEST_INVALID");
  EXPECT_EQ(code(send(testing::post(target + "sha512:00", "two"))), "DIGEST_INVALID");
  EXPECT_EQ(send(testing::post(target + digest_of(""), "")).status(), 201u);
  EXPECT_EQ(get(blob("a", "")).status(), 200u);
}

TEST_F(OciBlobsTest, AnotherDigestStoresNothingAndEndsTheUpload) {
  const std::string location = begin("a");
  EXPECT_EQ(code(put(location + "?digest=" + digest_of("x"), "y")), "DIGEST_INVALID");
  EXPECT_EQ(get(location).status(), 404u);
  EXPECT_EQ(get(blob("a", "x")).status(), 404u);
  EXPECT_EQ(get(blob("a", "y")).status(), 404u);
  EXPECT_EQ(code(put(begin("a"), "y")), "DIGEST_INVALID");
}

TEST_F(OciBlobsTest, UploadsCanBeCancelledAndBelongToTheirRepository) {
  const std::string location = begin("a");
  std::string elsewhere = location;
  elsewhere.replace(elsewhere.find("/a/"), 3, "/b/");
  EXPECT_EQ(code(get(elsewhere)), "BLOB_UPLOAD_UNKNOWN");
  EXPECT_EQ(erase(elsewhere).status(), 404u);
  EXPECT_EQ(erase(location).status(), 204u);
  EXPECT_EQ(erase(location).status(), 404u);
  EXPECT_EQ(code(send(patch(location, "x"))), "BLOB_UPLOAD_UNKNOWN");
  EXPECT_EQ(send(Exchange(net::Method::post, "POST", location)).status(), 405u);
}

TEST_F(OciBlobsTest, ABodyThatBreaksOffCanBeGoneOnWith) {
  const std::string location = begin("a");
  EXPECT_EQ(send(patch(location, "abcdef").cut_after(4)).status(), 400u);
  EXPECT_EQ(get(location).header("Range"), "0-3");
  EXPECT_EQ(send(patch(location, "ef").with_header("Content-Range", "4-5")).status(), 202u);
  EXPECT_EQ(put(location + "?digest=" + digest_of("abcdef"), "").status(), 201u);
}

TEST_F(OciBlobsTest, RangesAreServedAlone) {
  push_blob("a", "0123456789");
  const auto range = [&](const char* text) {
    return send(testing::get(blob("a", "0123456789")).with_header("Range", text));
  };
  EXPECT_EQ(range("bytes=2-4").status(), 206u);
  EXPECT_EQ(range("bytes=2-4").sent(), "234");
  EXPECT_EQ(range("bytes=2-4").header("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(range("bytes=8-").sent(), "89");
  EXPECT_EQ(range("bytes=-3").sent(), "789");
  EXPECT_EQ(range("bytes=10-").status(), 416u);
  EXPECT_EQ(range("bytes=10-").header("Content-Range"), "bytes */10");
  EXPECT_EQ(range("junk").status(), 200u);
}

TEST_F(OciBlobsTest, ARepositorySeesOnlyItsOwnBlobs) {
  push_blob("a", "secret");
  EXPECT_EQ(code(get(blob("b", "secret"))), "BLOB_UNKNOWN");
  EXPECT_EQ(head(blob("b", "secret")).status(), 404u);
  EXPECT_EQ(code(push("b", "x", image("secret", {}))), "MANIFEST_BLOB_UNKNOWN");
}

TEST_F(OciBlobsTest, ABlobIsMountedFromAnotherRepositoryOrFromWhoeverHasIt) {
  push_blob("a", "shared");
  const std::string mount = "/blobs/uploads/?mount=" + digest_of("shared");
  EXPECT_EQ(post("/v2/b" + mount + "&from=c").status(), 202u);
  EXPECT_EQ(get(blob("b", "shared")).status(), 404u);
  const Exchange mounted = post("/v2/b" + mount + "&from=a&origin=");
  EXPECT_EQ(mounted.status(), 201u);
  EXPECT_EQ(mounted.header("Location"), blob("b", "shared"));
  EXPECT_EQ(get(blob("b", "shared")).sent(), "shared");
  EXPECT_EQ(post("/v2/d" + mount).status(), 201u);
  EXPECT_EQ(get(blob("d", "shared")).sent(), "shared");
  EXPECT_EQ(post("/v2/d/blobs/uploads/?mount=" + digest_of("nobody's")).status(), 202u);
  EXPECT_EQ(code(post("/v2/d/blobs/uploads/?mount=x")), "DIGEST_INVALID");
}

TEST_F(OciBlobsTest, ADeletedBlobIsGoneFromThatRepositoryOnly) {
  push_blob("a", "x");
  push_blob("b", "x");
  EXPECT_EQ(erase(blob("a", "x")).status(), 202u);
  EXPECT_EQ(erase(blob("a", "x")).status(), 404u);
  EXPECT_EQ(get(blob("a", "x")).status(), 404u);
  EXPECT_EQ(get(blob("b", "x")).sent(), "x");
}

TEST_F(OciBlobsTest, BytesAreSharedWithEveryProtocol) {
  push_blob("a", "x");
  push_blob("b", "x");
  EXPECT_EQ(parts_.store.stats().blobs, 1u);
}

TEST_F(OciBlobsTest, BadNamesGetAClearError) {
  EXPECT_EQ(code(get("/v2/A/blobs/" + digest_of("x"))), "NAME_INVALID");
  EXPECT_EQ(code(get("/v2/a/../b/tags/list")), "NAME_INVALID");
  EXPECT_EQ(code(get("/v2/a/blobs/sha256:xyz")), "DIGEST_INVALID");
  EXPECT_EQ(code(post("/v2/a/blobs/uploads/?digest-algorithm=sha512")), "UNSUPPORTED");
  EXPECT_EQ(get("/v2/nothing").status(), 404u);
  EXPECT_EQ(put(blob("a", "x"), "x").status(), 405u);
}

TEST(OciSessionsTest, AreBoundedInAgeAndNumber) {
  struct TestClock final : Clock {
    std::chrono::steady_clock::time_point at{std::chrono::hours(1)};
    std::chrono::system_clock::time_point now() const override { return {}; }
    std::chrono::steady_clock::time_point steady_now() const override { return at; }
  } clock;
  OciSessions sessions(clock, {.count = 2, .idle = std::chrono::minutes(30)});
  const std::string first = sessions.add("a").value();
  clock.at += std::chrono::minutes(1);
  const std::string second = sessions.add("a").value();
  const std::string third = sessions.add("a").value();
  EXPECT_FALSE(sessions.take("a", first)) << "the one idle for longest had to go";
  {
    const auto turn = sessions.take("a", second);
    ASSERT_TRUE(turn);
    EXPECT_EQ(sessions.take("a", second).error().code, Errc::conflict);
    const auto other = sessions.take("a", third);
    EXPECT_EQ(sessions.add("a").error().code, Errc::unavailable) << "all are in use";
    clock.at += std::chrono::hours(2);
  }
  EXPECT_TRUE(sessions.take("a", second)) << "idle only since its request ended";
  clock.at += std::chrono::minutes(31);
  EXPECT_EQ(sessions.take("a", second).error().code, Errc::not_found);
  EXPECT_EQ(sessions.size(), 0u);
}

}  // namespace
}  // namespace fabrik::adapters
