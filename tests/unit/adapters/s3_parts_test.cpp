// What S3 requests say: their targets, and XML.
#include <gtest/gtest.h>

#include "adapters/s3/part_list.hpp"
#include "adapters/s3/target.hpp"
#include "adapters/s3/xml.hpp"

namespace fabrik::adapters {
namespace {

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

}  // namespace
}  // namespace fabrik::adapters
