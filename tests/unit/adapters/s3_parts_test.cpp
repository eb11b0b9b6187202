// The pure parts of S3: names, XML, aws-chunked, checksums, conditions, dates.
#include <gtest/gtest.h>

#include "adapters/s3/aws_chunked.hpp"
#include "adapters/s3/base64.hpp"
#include "adapters/s3/checksum.hpp"
#include "adapters/s3/http_conditions.hpp"
#include "adapters/s3/http_date.hpp"
#include "adapters/s3/part_list.hpp"
#include "adapters/s3/target.hpp"
#include "adapters/s3/xml.hpp"
#include "base/digest.hpp"

namespace fabrik::adapters {
namespace {

using std::chrono::seconds;

// --- names ---

net::Request request_of(net::Method method, std::string_view target) {
  net::Request request;
  request.method = method;
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  return request;
}

S3Operation operation_of(net::Method method, std::string_view target) {
  const auto parsed = parse_s3_target(request_of(method, target));
  EXPECT_TRUE(parsed) << target << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->operation : S3Operation::list_buckets;
}

S3Code failure_of(net::Method method, std::string_view target) {
  const auto parsed = parse_s3_target(request_of(method, target));
  EXPECT_FALSE(parsed) << target;
  return parsed ? S3Code::internal_error : parsed.error().code;
}

TEST(S3Target, TellsOperationsApart) {
  using net::Method;
  EXPECT_EQ(operation_of(Method::get, "/s3"), S3Operation::list_buckets);
  EXPECT_EQ(operation_of(Method::get, "/s3/"), S3Operation::list_buckets);
  EXPECT_EQ(operation_of(Method::get, "/s3/b"), S3Operation::list_objects);
  EXPECT_EQ(operation_of(Method::get, "/s3/b/?list-type=2&prefix=x"), S3Operation::list_objects_v2);
  EXPECT_EQ(operation_of(Method::get, "/s3/b?location"), S3Operation::get_location);
  EXPECT_EQ(operation_of(Method::get, "/s3/b?location="), S3Operation::get_location);
  EXPECT_EQ(operation_of(Method::get, "/s3/b?uploads"), S3Operation::list_uploads);
  EXPECT_EQ(operation_of(Method::head, "/s3/b"), S3Operation::head_bucket);
  EXPECT_EQ(operation_of(Method::put, "/s3/b"), S3Operation::create_bucket);
  EXPECT_EQ(operation_of(Method::post, "/s3/b?delete"), S3Operation::delete_objects);
  EXPECT_EQ(operation_of(Method::get, "/s3/b/k?x-id=GetObject"), S3Operation::get_object);
  EXPECT_EQ(operation_of(Method::head, "/s3/b/k"), S3Operation::head_object);
  EXPECT_EQ(operation_of(Method::put, "/s3/b/k"), S3Operation::put_object);
  EXPECT_EQ(operation_of(Method::del, "/s3/b/k"), S3Operation::delete_object);
  EXPECT_EQ(operation_of(Method::post, "/s3/b/k?uploads"), S3Operation::create_upload);
  EXPECT_EQ(operation_of(Method::put, "/s3/b/k?partNumber=1&uploadId=u"), S3Operation::upload_part);
  EXPECT_EQ(operation_of(Method::get, "/s3/b/k?uploadId=u"), S3Operation::list_parts);
  EXPECT_EQ(operation_of(Method::post, "/s3/b/k?uploadId=u"), S3Operation::complete_upload);
  EXPECT_EQ(operation_of(Method::del, "/s3/b/k?uploadId=u"), S3Operation::abort_upload);
}

TEST(S3Target, ACopyIsAPutWithASource) {
  net::Request request = request_of(net::Method::put, "/s3/b/k");
  request.headers.set("x-amz-copy-source", "/b/other");
  EXPECT_EQ(parse_s3_target(request)->operation, S3Operation::copy_object);
  request.query = "partNumber=1&uploadId=u";
  EXPECT_EQ(parse_s3_target(request)->operation, S3Operation::upload_part_copy);
}

TEST(S3Target, KeysAreTakenLiterally) {
  const auto key = [](std::string_view target) {
    return parse_s3_target(request_of(net::Method::put, target))->key;
  };
  EXPECT_EQ(key("/s3/b/a/../c"), "a/../c");
  EXPECT_EQ(key("/s3/b/a//c/"), "a//c/");
  EXPECT_EQ(key("/s3/b//a"), "/a");
  EXPECT_EQ(key("/s3/b/%2e%2e/c%2Fd+e%20f"), "../c/d+e f");
  EXPECT_EQ(key("/s3/b/%C3%A4"), "\xc3\xa4");
}

TEST(S3Target, WhatCannotBeANameIsMissingForReadersAndWrongForWriters) {
  for (const std::string& path :
       {std::string("/s3/b/%ff"), std::string("/s3/b/%zz"), std::string("/s3/b/a%00b"),
        std::string("/s3/-b/k"), "/s3/b/" + std::string(1025, 'k')}) {
    EXPECT_EQ(failure_of(net::Method::get, path), S3Code::no_such_key) << path;
    EXPECT_EQ(failure_of(net::Method::head, path), S3Code::no_such_key) << path;
    EXPECT_EQ(describe(failure_of(net::Method::put, path)).status, 400u) << path;
  }
  EXPECT_EQ(failure_of(net::Method::get, "/s3/b?acl"), S3Code::not_implemented);
  EXPECT_EQ(failure_of(net::Method::put, "/s3/b/k?tagging"), S3Code::not_implemented);
  EXPECT_EQ(failure_of(net::Method::post, "/s3/b/k"), S3Code::method_not_allowed);
  EXPECT_EQ(failure_of(net::Method::other, "/s3/b/k"), S3Code::method_not_allowed);
}

TEST(S3Target, OnlyPathsBelowTheRootAreS3s) {
  EXPECT_TRUE(is_s3_path("/s3"));
  EXPECT_TRUE(is_s3_path("/s3/x"));
  EXPECT_FALSE(is_s3_path("/s3x"));
  EXPECT_FALSE(is_s3_path("/"));
}

TEST(S3Target, ReadsCopySources) {
  EXPECT_EQ(parse_copy_source("/b/a%20b")->key, "a b");
  EXPECT_EQ(parse_copy_source("b/k/l")->bucket, "b");
  EXPECT_FALSE(parse_copy_source("b"));
  EXPECT_FALSE(parse_copy_source(""));
  EXPECT_FALSE(parse_copy_source("/b/k?versionId=1"));
}

// --- XML ---

class Recorder final : public XmlHandler {
 public:
  std::string seen;
  void begin(std::string_view name) override { seen += "<" + std::string(name) + ">"; }
  void end(std::string_view name, std::string_view text) override {
    seen += std::string(text) + "</" + std::string(name) + ">";
  }
};

std::string read_xml(std::string_view document) {
  Recorder recorder;
  const Result<void> read = parse_xml(document, recorder);
  return read ? recorder.seen : "malformed";
}

TEST(Xml, ReadsElementsTextAndEntities) {
  EXPECT_EQ(read_xml("<?xml version=\"1.0\"?>\n<a x='1'><!-- no --><s:b >1 &lt;&amp;&#65;&#x42;"
                     "</s:b ><c/><![CDATA[<&]]></a>\n"),
            "<a><b>1 <&AB</b><c></c><&</a>");
}

TEST(Xml, WhatIsNotWellFormedIsRefused) {
  for (const char* document :
       {"", "text", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<a>&#0;</a>",
        "<a>&#xd800;</a>", "<a>&amp</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a",
        "<>x</>", "<a><![CDATA[x</a>", "<a/>more"}) {
    EXPECT_EQ(read_xml(document), "malformed") << document;
  }
  std::string deep;
  for (int i = 0; i < 17; ++i) {
    deep += "<a>";
  }
  EXPECT_EQ(read_xml(deep), "malformed");
}

TEST(Xml, EscapesWhatItWrites) {
  std::string xml;
  add_element(xml, "Key", "a<b>&\"c\"\x01");
  EXPECT_EQ(xml, "<Key>a&lt;b&gt;&amp;&quot;c&quot;&#1;</Key>");
}

TEST(S3PartList, ReadsPartsInTheirOrder) {
  const auto parts = parse_part_list(
      "<CompleteMultipartUpload xmlns=\"x\"><Part><ETag>\"e\"</ETag><PartNumber>2</PartNumber>"
      "<ChecksumCRC32>AAAA</ChecksumCRC32></Part><Part><PartNumber>1</PartNumber><ETag>f</ETag>"
      "</Part></CompleteMultipartUpload>");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].number, 2u);
  EXPECT_EQ((*parts)[0].etag, "\"e\"");
  EXPECT_EQ((*parts)[1].number, 1u);
}

TEST(S3PartList, RefusesOtherDocuments) {
  for (const char* body :
       {"", "<CompleteMultipartUpload/>", "<Other><Part><PartNumber>1</PartNumber></Part></Other>",
        "<CompleteMultipartUpload><Part><ETag>e</ETag></Part></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>0</PartNumber></Part></"
        "CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>10001</PartNumber></Part>"
        "</CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>1x</PartNumber></Part>"
        "</CompleteMultipartUpload>"}) {
    EXPECT_FALSE(parse_part_list(body)) << body;
  }
}

TEST(S3PartList, ReadsKeysToDelete) {
  const auto list = parse_delete_list(
      "<Delete><Object><Key>a &amp; b</Key><VersionId>1</VersionId></Object>"
      "<Object><Key>c</Key></Object><Quiet>true</Quiet></Delete>");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->keys, (std::vector<std::string>{"a & b", "c"}));
  EXPECT_TRUE(list->quiet);
  EXPECT_FALSE(parse_delete_list("<Delete/>"));
  std::string many = "<Delete>";
  for (int i = 0; i < 1001; ++i) {
    many += "<Object><Key>k</Key></Object>";
  }
  EXPECT_FALSE(parse_delete_list(many + "</Delete>"));
}

// --- aws-chunked ---

struct Decoded {
  std::string bytes;
  std::vector<std::string> signatures;
  AwsChunkedDecoder::Trailers trailers;
  bool failed = false;
  bool ended = false;
};

// Fed in pieces of `step` bytes.
Decoded decode(std::string_view body, std::size_t step) {
  AwsChunkedDecoder decoder;
  Decoded out;
  while (!body.empty() && !out.failed) {
    Bytes input = as_bytes(body.substr(0, step));
    body.remove_prefix(std::min(step, body.size()));
    for (bool more = true; more;) {
      const auto event = decoder.next(input);
      if (!event) {
        out.failed = true;
        break;
      }
      switch (*event) {
        case AwsChunkedDecoder::Event::data:
          out.bytes += as_text(decoder.data());
          break;
        case AwsChunkedDecoder::Event::chunk_end:
          out.signatures.push_back(decoder.signature());
          break;
        default:
          more = false;
      }
    }
  }
  out.trailers = decoder.trailers();
  out.ended = decoder.ended();
  return out;
}

TEST(AwsChunked, DecodesPiecesOfAnySize) {
  const std::string body =
      "5;chunk-signature=aa\r\nhello\r\nA;chunk-signature=bb\r\n0123456789\r\n"
      "0;chunk-signature=cc\r\nX-Amz-Checksum-CRC32: abc= \r\nx-amz-trailer-signature:dd\r\n\r\n";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    const Decoded out = decode(body, step);
    EXPECT_FALSE(out.failed);
    EXPECT_TRUE(out.ended);
    EXPECT_EQ(out.bytes, "hello0123456789");
    EXPECT_EQ(out.signatures, (std::vector<std::string>{"aa", "bb", "cc"}));
    EXPECT_EQ(out.trailers, (AwsChunkedDecoder::Trailers{{"x-amz-checksum-crc32", "abc="},
                                                         {"x-amz-trailer-signature", "dd"}}));
  }
}

TEST(AwsChunked, AnEmptyBodyIsOneChunkOfNothing) {
  const Decoded out = decode("0\r\n\r\n", 100);
  EXPECT_TRUE(out.ended);
  EXPECT_EQ(out.bytes, "");
}

TEST(AwsChunked, WhatBreaksOffHasNotEnded) {
  for (const char* body :
       {"5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5"}) {
    const Decoded out = decode(body, 3);
    EXPECT_FALSE(out.failed) << body;
    EXPECT_FALSE(out.ended) << body;
  }
}

TEST(AwsChunked, MalformedBodiesAreRefused) {
  for (const std::string& body :
       {std::string("x\r\n"), std::string("\r\n"), std::string("-1\r\n"),
        std::string("5;y=1\r\nhello"), std::string("5\r\nhelloX\r\n"), std::string("0\r\n\r\nmore"),
        std::string("0\r\nno colon\r\n\r\n"), std::string("fffffffffffffffff\r\n"),
        "0\r\na:" + std::string(5000, 'x'), "5;chunk-signature=" + std::string(5000, 'a')}) {
    EXPECT_TRUE(decode(body, 7).failed) << body.substr(0, 40);
  }
}

// --- checksums: the check values of the catalogue of CRC algorithms, RFC 1321, RFC 3174 ---

std::string checksum_of(Checksum kind, std::string_view text) {
  const auto stream = make_checksum(kind);
  stream->update(as_bytes(text.substr(0, text.size() / 3)));
  stream->update(as_bytes(text.substr(text.size() / 3)));
  return to_hex(as_bytes(stream->finish()));
}

TEST(ChecksumStream, MatchesPublishedValues) {
  EXPECT_EQ(checksum_of(Checksum::crc32, "123456789"), "cbf43926");
  EXPECT_EQ(checksum_of(Checksum::crc32c, "123456789"), "e3069283");
  EXPECT_EQ(checksum_of(Checksum::crc64nvme, "123456789"), "ae8b14860a799888");
  EXPECT_EQ(checksum_of(Checksum::md5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(checksum_of(Checksum::sha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(checksum_of(Checksum::sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ChecksumStream, EightBytesAtOnceOrOneByOneIsTheSame) {
  std::string text(1000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>(i * 31);
  }
  for (const Checksum kind : {Checksum::crc32, Checksum::crc32c, Checksum::crc64nvme}) {
    const auto single = make_checksum(kind);
    for (const char& c : text) {
      single->update(as_bytes(std::string_view(&c, 1)));
    }
    EXPECT_EQ(to_hex(as_bytes(single->finish())), checksum_of(kind, text)) << name(kind);
    EXPECT_EQ(checksum_called(name(kind)), kind);
  }
  EXPECT_EQ(checksum_called("CRC32C"), Checksum::crc32c);
  EXPECT_EQ(checksum_called("md5"), std::nullopt);
  EXPECT_EQ(checksum_called("crc16"), std::nullopt);
}

TEST(Base64, MatchesThePublishedVectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, encoded] : vectors) {
    EXPECT_EQ(base64(as_bytes(std::string_view(text))), encoded);
    EXPECT_EQ(parse_base64(encoded), text);
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9v=", "====", "Zm 9v", "Zm9v\n"}) {
    EXPECT_EQ(parse_base64(bad), std::nullopt) << bad;
  }
}

// --- dates and conditions ---

constexpr std::chrono::system_clock::time_point kTime{seconds(1369353600)};

TEST(HttpDate, IsWrittenAndReadInOneForm) {
  EXPECT_EQ(http_date(kTime), "Fri, 24 May 2013 00:00:00 GMT");
  EXPECT_EQ(iso_date(kTime + std::chrono::milliseconds(7)), "2013-05-24T00:00:00.007Z");
  EXPECT_EQ(parse_http_date("Fri, 24 May 2013 00:00:00 GMT"), kTime);
  for (const char* bad : {"", "Fri, 24 May 2013 00:00:00", "Fri, 24 Mai 2013 00:00:00 GMT",
                          "Fri, 32 May 2013 00:00:00 GMT", "Fri, 24 May 2013 24:00:00 GMT",
                          "Friday, 24-May-13 00:00:00 GMT", "Fri May 24 00:00:00 2013"}) {
    EXPECT_EQ(parse_http_date(bad), std::nullopt) << bad;
  }
}

net::Headers headers_of(std::initializer_list<std::pair<const char*, const char*>> fields) {
  net::Headers headers;
  for (const auto& [field, value] : fields) {
    headers.add(field, value);
  }
  return headers;
}

const Validators kCurrent{.etag = "\"abc-1\"", .modified = kTime + std::chrono::milliseconds(500)};

Verdict read_verdict(std::initializer_list<std::pair<const char*, const char*>> fields) {
  return judge_read(headers_of(fields), &kCurrent);
}

TEST(HttpConditions, ReadersAskForWhatTheyDoNotHave) {
  EXPECT_EQ(read_verdict({}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-None-Match", "\"abc-1\""}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-None-Match", "\"x\", W/\"abc-1\""}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-None-Match", "abc-1"}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-None-Match", "\"x\""}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Match", "\"abc-1\""}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Match", "*"}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Match", "\"x\""}}), Verdict::failed);
}

TEST(HttpConditions, TimesCountInWholeSecondsAndOnlyWithoutTags) {
  const char* same = "Fri, 24 May 2013 00:00:00 GMT";
  const char* before = "Thu, 23 May 2013 23:59:59 GMT";
  EXPECT_EQ(read_verdict({{"If-Modified-Since", same}}), Verdict::not_modified);
  EXPECT_EQ(read_verdict({{"If-Modified-Since", before}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Unmodified-Since", same}}), Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Unmodified-Since", before}}), Verdict::failed);
  EXPECT_EQ(read_verdict({{"If-Modified-Since", same}, {"If-None-Match", "\"x\""}}),
            Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Unmodified-Since", before}, {"If-Match", "\"abc-1\""}}),
            Verdict::proceed);
  EXPECT_EQ(read_verdict({{"If-Modified-Since", "nonsense"}}), Verdict::proceed);
}

TEST(HttpConditions, WritersProtectWhatIsThereOrNot) {
  const auto verdict = [](const char* field, const char* value, const Validators* current) {
    return judge_write(headers_of({{field, value}}), current);
  };
  EXPECT_EQ(verdict("If-None-Match", "*", &kCurrent), Verdict::failed);
  EXPECT_EQ(verdict("If-None-Match", "*", nullptr), Verdict::proceed);
  EXPECT_EQ(verdict("If-Match", "*", nullptr), Verdict::failed);
  EXPECT_EQ(verdict("If-Match", "\"abc-1\"", &kCurrent), Verdict::proceed);
  EXPECT_EQ(verdict("If-Match", "\"x\"", &kCurrent), Verdict::failed);
}

TEST(HttpConditions, ARangeCountsForTheSameObjectOnly) {
  EXPECT_TRUE(range_counts(headers_of({}), kCurrent));
  EXPECT_TRUE(range_counts(headers_of({{"If-Range", "\"abc-1\""}}), kCurrent));
  EXPECT_FALSE(range_counts(headers_of({{"If-Range", "\"x\""}}), kCurrent));
  EXPECT_FALSE(range_counts(headers_of({{"If-Range", "W/\"abc-1\""}}), kCurrent));
  EXPECT_TRUE(range_counts(headers_of({{"If-Range", "Fri, 24 May 2013 00:00:00 GMT"}}), kCurrent));
  EXPECT_FALSE(range_counts(headers_of({{"If-Range", "Thu, 23 May 2013 00:00:00 GMT"}}), kCurrent));
}

}  // namespace
}  // namespace fabrik::adapters
