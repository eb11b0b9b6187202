#include "adapters/s3/s3.hpp"

#include <gtest/gtest.h>

#include "adapters/s3/base64.hpp"
#include "adapters/s3/checksum.hpp"
#include "adapters/s3/http_date.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::get;
using testing::head;
using testing::post;
using testing::put;
using testing::served;

FakeExchange del(std::string_view target) {
  return {net::Method::del, "DELETE", target};
}

// The text of the first element of that name.
std::string element(const FakeExchange& answer, const std::string& name) {
  const std::string& xml = answer.sent();
  const std::size_t begin = xml.find("<" + name + ">");
  const std::size_t end = xml.find("</" + name + ">");
  return begin == std::string::npos || end == std::string::npos
             ? "(none)"
             : xml.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}
std::vector<std::string> elements(const FakeExchange& answer, const std::string& name) {
  std::vector<std::string> found;
  const std::string& xml = answer.sent();
  for (std::size_t at = xml.find("<" + name + ">"); at != std::string::npos;
       at = xml.find("<" + name + ">", at + 1)) {
    const std::size_t begin = at + name.size() + 2;
    found.push_back(xml.substr(begin, xml.find("</" + name + ">", begin) - begin));
  }
  return found;
}

class S3 : public ::testing::Test {
 protected:
  std::string upload(const std::string& object, const std::string& headers = "") {
    FakeExchange exchange = post("/s3/b/" + object + "?uploads", "");
    if (!headers.empty()) {
      exchange.with_header("Content-Type", headers);
    }
    return element(served(*adapter_, exchange), "UploadId");
  }
  FakeExchange part(const std::string& object, const std::string& id, int number,
                    std::string bytes) {
    return served(*adapter_, put("/s3/b/" + object + "?partNumber=" + std::to_string(number) +
                                     "&uploadId=" + id,
                                 std::move(bytes)));
  }
  FakeExchange complete(const std::string& object, const std::string& id,
                        const std::vector<std::pair<int, std::string>>& parts) {
    std::string xml = "<CompleteMultipartUpload>";
    for (const auto& [number, etag] : parts) {
      xml += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + etag +
             "</ETag></Part>";
    }
    xml += "</CompleteMultipartUpload>";
    return served(*adapter_, post("/s3/b/" + object + "?uploadId=" + id, xml));
  }
  void store(const std::string& key) { served(*adapter_, put("/s3/b/" + key, key)); }
  std::string body_of(const std::string& key) {
    return served(*adapter_, get("/s3/b/" + key)).sent();
  }

  testing::AdapterParts parts_;
  std::unique_ptr<net::HttpAdapter> adapter_ =
      std::move(parts_.make(parts_.cache, {"sccache"}).front());
};

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

TEST_F(S3, ListsInTheOrderOfTheBytes) {
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

TEST_F(S3, FoldersAreCommonPrefixes) {
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

TEST_F(S3, PagesJoinToTheWholeListing) {
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

TEST_F(S3, BucketsAreThereWhenTheyHoldSomething) {
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

TEST_F(S3, PartsBecomeOneObject) {
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

TEST_F(S3, OnePartIsAnObjectToo) {
  const std::string id = upload("k");
  const std::string etag = part("k", id, 1, "bytes").header("ETag");
  EXPECT_EQ(complete("k", id, {{1, etag}}).status(), 200u);
  EXPECT_EQ(body_of("k"), "bytes");
}

TEST_F(S3, CompletingChecksWhatItIsTold) {
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

TEST_F(S3, AnAbortedUploadLeavesNothing) {
  const std::string id = upload("k");
  part("k", id, 1, "a");
  EXPECT_EQ(served(*adapter_, del("/s3/b/k?uploadId=" + id)).status(), 204u);
  EXPECT_EQ(parts_.store.stats().entries, 0u);
  EXPECT_EQ(element(served(*adapter_, del("/s3/b/k?uploadId=" + id)), "Code"), "NoSuchUpload");
}

TEST_F(S3, PartsAreCopiedFromObjects) {
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

TEST_F(S3, TooMuchMetadataIsRefused) {
  const FakeExchange answer =
      served(*adapter_, put("/s3/b/k", "x").with_header("x-amz-meta-a", std::string(9000, 'x')));
  EXPECT_EQ(element(answer, "Code"), "MetadataTooLarge");
}

TEST_F(S3, APartWithoutRoomIsRefusedAndAnObjectIsDropped) {
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
