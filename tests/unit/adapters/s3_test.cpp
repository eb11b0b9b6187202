// Objects through S3.
#include "adapters/s3/s3.hpp"

#include "adapters/s3/base64.hpp"
#include "adapters/s3/checksum.hpp"
#include "adapters/s3/http_date.hpp"
#include "tests/support/s3_fixture.hpp"

namespace fabrik::adapters {
namespace {

using testing::del;
using testing::element;
using testing::elements;
using testing::FakeExchange;
using testing::get;
using testing::head;
using testing::post;
using testing::put;
using testing::served;

using S3 = testing::S3Fixture;

TEST_F(S3, AnObjectComesBackWithItsHeaders) {
  const FakeExchange written =
      served(*adapter_, put("/s3/b/k", "bytes")
                            .with_header("Content-Type", "text/x")
                            .with_header("X-Amz-Meta-Color", "blue")
                            .with_header("Content-Encoding", "aws-chunked, gzip")
                            .with_header("Authorization", "AWS4-HMAC-SHA256 whatever"));
  EXPECT_EQ(written.status(), 200u);
  const FakeExchange read = served(*adapter_, get("/s3/b/k"));
  EXPECT_EQ(read.status(), 200u);
  EXPECT_EQ(read.sent(), "bytes");
  EXPECT_EQ(read.header("Content-Type"), "text/x");
  EXPECT_EQ(read.header("x-amz-meta-color"), "blue");
  EXPECT_EQ(read.header("Content-Encoding"), "gzip");
  EXPECT_EQ(read.header("ETag"), written.header("ETag"));
  EXPECT_EQ(read.header("Accept-Ranges"), "bytes");
  EXPECT_TRUE(parse_http_date(read.header("Last-Modified")));
  EXPECT_FALSE(read.has_header("Authorization"));
}

// A tag of 32 hex digits would be taken for the MD5 of the object.
TEST_F(S3, TagsDoNotLookLikeAnMd5) {
  const std::string tag = served(*adapter_, put("/s3/b/k", "bytes")).header("ETag");
  EXPECT_EQ(tag, "\"" + sha256(as_bytes("bytes")).hex().substr(0, 32) + "-1\"");
}

TEST_F(S3, AForeignBucketHasNoSuchKey) {
  store("k");
  const FakeExchange answer = served(*adapter_, get("/s3/other/k"));
  EXPECT_EQ(answer.status(), 404u);
  EXPECT_EQ(element(answer, "Code"), "NoSuchKey");
  EXPECT_EQ(answer.header("Content-Type"), "application/xml");
  EXPECT_EQ(served(*adapter_, head("/s3/other")).status(), 200u);
  EXPECT_EQ(element(served(*adapter_, get("/s3/other?list-type=2")), "KeyCount"), "0");
}

TEST_F(S3, DotSegmentsNameObjectsOfTheirOwn) {
  served(*adapter_, put("/s3/b/a/../c", "dots"));
  EXPECT_EQ(served(*adapter_, get("/s3/b/c")).status(), 404u);
  EXPECT_EQ(body_of("a/../c"), "dots");
  EXPECT_EQ(body_of("a/%2e%2e/c"), "dots");
  EXPECT_EQ(served(*adapter_, get("/s3/b/../other/k")).status(), 404u);
}

TEST_F(S3, RangesGetPartsOfAnObject) {
  served(*adapter_, put("/s3/b/k", "0123456789"));
  const auto ranged = [&](const char* range) {
    return served(*adapter_, get("/s3/b/k").with_header("Range", range));
  };
  EXPECT_EQ(ranged("bytes=2-4").status(), 206u);
  EXPECT_EQ(ranged("bytes=2-4").sent(), "234");
  EXPECT_EQ(ranged("bytes=2-4").header("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(ranged("bytes=-3").sent(), "789");
  EXPECT_EQ(ranged("bytes=10-").status(), 416u);
  EXPECT_EQ(element(ranged("bytes=10-"), "Code"), "InvalidRange");
  EXPECT_EQ(ranged("bytes=10-").header("Content-Range"), "bytes */10");
  EXPECT_EQ(ranged("bytes=0-1,3-4").sent(), "0123456789");
  const FakeExchange other = served(
      *adapter_, get("/s3/b/k").with_header("Range", "bytes=2-4").with_header("If-Range", "\"x\""));
  EXPECT_EQ(other.status(), 200u);
  EXPECT_EQ(served(*adapter_, head("/s3/b/k").with_header("Range", "bytes=2-4")).announced(), 3u);
}

TEST_F(S3, ConditionsAreHonoured) {
  const std::string tag = served(*adapter_, put("/s3/b/k", "bytes")).header("ETag");
  const FakeExchange same = served(*adapter_, get("/s3/b/k").with_header("If-None-Match", tag));
  EXPECT_EQ(same.status(), 304u);
  EXPECT_EQ(same.sent(), "");
  EXPECT_EQ(same.header("ETag"), tag);
  const FakeExchange other = served(*adapter_, get("/s3/b/k").with_header("If-Match", "\"x\""));
  EXPECT_EQ(other.status(), 412u);
  EXPECT_EQ(element(other, "Code"), "PreconditionFailed");
}

TEST_F(S3, AWriteOnceStoresOnce) {
  const auto once = [&](const char* bytes) {
    return served(*adapter_, put("/s3/b/k", bytes).with_header("If-None-Match", "*"));
  };
  EXPECT_EQ(once("first").status(), 200u);
  EXPECT_EQ(once("second").status(), 412u);
  EXPECT_EQ(body_of("k"), "first");
}

TEST_F(S3, AWriteOverAKnownVersionStoresOnlyOverThatOne) {
  const std::string tag = served(*adapter_, put("/s3/b/k", "first")).header("ETag");
  EXPECT_EQ(served(*adapter_, put("/s3/b/k", "2").with_header("If-Match", "\"x\"")).status(), 412u);
  EXPECT_EQ(served(*adapter_, put("/s3/b/k", "3").with_header("If-Match", tag)).status(), 200u);
  EXPECT_EQ(body_of("k"), "3");
  EXPECT_EQ(served(*adapter_, put("/s3/b/new", "x").with_header("If-Match", tag)).status(), 412u);
}

TEST_F(S3, ABodyThatIsNotWhatWasAnnouncedStoresNothing) {
  const auto refused = [&](const char* header, const std::string& value) {
    const FakeExchange answer =
        served(*adapter_, put("/s3/b/k", "bytes").with_header(header, value));
    EXPECT_EQ(answer.status(), 400u) << header;
    EXPECT_EQ(served(*adapter_, get("/s3/b/k")).status(), 404u) << header;
    return element(answer, "Code");
  };
  const auto wrong = [](Checksum kind) { return base64(as_bytes(std::string(width(kind), 'x'))); };
  EXPECT_EQ(refused("x-amz-content-sha256", sha256(as_bytes("other")).hex()),
            "XAmzContentSHA256Mismatch");
  EXPECT_EQ(refused("Content-MD5", wrong(Checksum::md5)), "BadDigest");
  EXPECT_EQ(refused("Content-MD5", "nonsense"), "InvalidDigest");
  EXPECT_EQ(refused("x-amz-content-sha256", "nonsense"), "InvalidArgument");
  EXPECT_EQ(refused("x-amz-checksum-crc32", "nonsense"), "InvalidRequest");
  for (const Checksum kind :
       {Checksum::crc32, Checksum::crc32c, Checksum::crc64nvme, Checksum::sha1, Checksum::sha256}) {
    EXPECT_EQ(refused(("x-amz-checksum-" + std::string(name(kind))).c_str(), wrong(kind)),
              "BadDigest");
  }
}

TEST_F(S3, RightChecksumsAreKeptWithTheObject) {
  const auto stream = make_checksum(Checksum::crc32c);
  stream->update(as_bytes("bytes"));
  const std::string crc = base64(as_bytes(stream->finish()));
  EXPECT_EQ(
      served(*adapter_, put("/s3/b/k", "bytes")
                            .with_header("x-amz-content-sha256", sha256(as_bytes("bytes")).hex())
                            .with_header("x-amz-checksum-crc32c", crc))
          .status(),
      200u);
  EXPECT_FALSE(served(*adapter_, get("/s3/b/k")).has_header("x-amz-checksum-crc32c"));
  EXPECT_EQ(served(*adapter_, get("/s3/b/k").with_header("x-amz-checksum-mode", "ENABLED"))
                .header("x-amz-checksum-crc32c"),
            crc);
}

FakeExchange streamed(std::string body, const char* encoding, const char* length) {
  return put("/s3/b/k", std::move(body))
      .with_header("x-amz-content-sha256", encoding)
      .with_header("x-amz-decoded-content-length", length);
}

TEST_F(S3, AwsChunkedBodiesAreDecoded) {
  const std::string body =
      "3;chunk-signature=aa\r\nabc\r\n2;chunk-signature=bb\r\nde\r\n0;chunk-signature=cc\r\n\r\n";
  for (const std::size_t step : {1, 7, 1000}) {
    EXPECT_EQ(
        served(*adapter_,
               streamed(body, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "5").with_piece_size(step))
            .status(),
        200u);
    EXPECT_EQ(body_of("k"), "abcde");
  }
}

TEST_F(S3, TrailersAreChecked) {
  const auto stream = make_checksum(Checksum::crc64nvme);
  stream->update(as_bytes("abcde"));
  const std::string crc = base64(as_bytes(stream->finish()));
  const auto with_trailer = [&](const std::string& trailer) {
    return served(*adapter_, streamed("5\r\nabcde\r\n0\r\n" + trailer + "\r\n",
                                      "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "5")
                                 .with_header("x-amz-trailer", "x-amz-checksum-crc64nvme"));
  };
  EXPECT_EQ(element(with_trailer("x-amz-checksum-crc64nvme:AAAAAAAAAAA=\r\n"), "Code"),
            "BadDigest");
  EXPECT_EQ(element(with_trailer(""), "Code"), "InvalidRequest");
  EXPECT_EQ(served(*adapter_, get("/s3/b/k")).status(), 404u);
  EXPECT_EQ(with_trailer("x-amz-checksum-crc64nvme:" + crc + "\r\n").status(), 200u);
  EXPECT_EQ(body_of("k"), "abcde");
}

TEST_F(S3, AChunkedBodyOfAnotherLengthStoresNothing) {
  const auto code = [&](const char* body, const char* length) {
    return element(served(*adapter_, streamed(body, "STREAMING-UNSIGNED-PAYLOAD-TRAILER", length)),
                   "Code");
  };
  EXPECT_EQ(code("5\r\nabcde\r\n0\r\n\r\n", "4"), "IncompleteBody");
  EXPECT_EQ(code("5\r\nabcde\r\n0\r\n\r\n", "6"), "IncompleteBody");
  EXPECT_EQ(code("5\r\nabcde\r\n", "5"), "IncompleteBody");
  EXPECT_EQ(code("5\r\nabcdeX\r\n", "5"), "InvalidRequest");
  EXPECT_EQ(code("0\r\n\r\n", "many"), "InvalidArgument");
  EXPECT_EQ(served(*adapter_, get("/s3/b/k")).status(), 404u);
}

TEST_F(S3, TheCheckOfSccacheIsAnsweredFromMemory) {
  for (const char* path : {"/s3/b/.sccache_check", "/s3/b/pre/fix/.sccache_check"}) {
    EXPECT_EQ(served(*adapter_, get(path)).sent(), "Hello, World!");
    EXPECT_EQ(served(*adapter_, get(path).overloaded()).sent(), "Hello, World!");
    EXPECT_EQ(served(*adapter_, put(path, "Hello, World!").overloaded()).status(), 200u);
    EXPECT_EQ(served(*adapter_, put(path, "Hello, World!")).status(), 200u);
    EXPECT_EQ(served(*adapter_, put(path, "something else")).status(), 400u);
    EXPECT_EQ(served(*adapter_, put(path, "Hallo, Welt!!")).status(), 400u);
  }
  EXPECT_EQ(parts_.store.stats().entries, 0u);
}

TEST_F(S3, DeletedObjectsAreGone) {
  store("k");
  EXPECT_EQ(served(*adapter_, del("/s3/b/k")).status(), 204u);
  EXPECT_EQ(served(*adapter_, get("/s3/b/k")).status(), 404u);
  EXPECT_EQ(served(*adapter_, del("/s3/b/k")).status(), 204u);
}

TEST_F(S3, ManyObjectsAreDeletedAtOnce) {
  store("a");
  store("b");
  store("c");
  const FakeExchange answer =
      served(*adapter_, post("/s3/b?delete",
                             "<Delete><Object><Key>a</Key></Object><Object><Key>x</Key></Object>"
                             "<Object><Key>c</Key></Object></Delete>"));
  EXPECT_EQ(answer.status(), 200u);
  EXPECT_EQ(elements(answer, "Key"), (std::vector<std::string>{"a", "x", "c"}));
  EXPECT_EQ(elements(served(*adapter_, get("/s3/b")), "Key"), (std::vector<std::string>{"b"}));
  EXPECT_EQ(element(served(*adapter_, post("/s3/b?delete", "<Delete>")), "Code"), "MalformedXML");
}

TEST_F(S3, CopiesShareTheBytes) {
  served(*adapter_, put("/s3/b/k", "bytes").with_header("Content-Type", "text/x"));
  const FakeExchange copied =
      served(*adapter_, put("/s3/c/copy", "").with_header("x-amz-copy-source", "/b/k"));
  EXPECT_EQ(copied.status(), 200u);
  EXPECT_EQ(element(copied, "ETag").substr(6, 32), sha256(as_bytes("bytes")).hex().substr(0, 32));
  const FakeExchange read = served(*adapter_, get("/s3/c/copy"));
  EXPECT_EQ(read.sent(), "bytes");
  EXPECT_EQ(read.header("Content-Type"), "text/x");
  EXPECT_EQ(parts_.store.stats().blobs, 1u);
  served(*adapter_, put("/s3/c/copy", "")
                        .with_header("x-amz-copy-source", "b/k")
                        .with_header("x-amz-metadata-directive", "REPLACE")
                        .with_header("Content-Type", "text/y"));
  EXPECT_EQ(served(*adapter_, head("/s3/c/copy")).header("Content-Type"), "text/y");
  EXPECT_EQ(element(served(*adapter_, put("/s3/c/d", "").with_header("x-amz-copy-source", "/b/no")),
                    "Code"),
            "NoSuchKey");
  EXPECT_EQ(element(served(*adapter_, put("/s3/c/d", "")
                                          .with_header("x-amz-copy-source", "/b/k")
                                          .with_header("x-amz-copy-source-if-match", "\"x\"")),
                    "Code"),
            "PreconditionFailed");
}

}  // namespace
}  // namespace fabrik::adapters
