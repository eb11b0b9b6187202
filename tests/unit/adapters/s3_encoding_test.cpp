// How S3 encodes bytes: aws-chunked, checksums, Base64.
#include <gtest/gtest.h>

#include "adapters/s3/aws_chunked.hpp"
#include "adapters/s3/base64.hpp"
#include "adapters/s3/checksum.hpp"
#include "base/digest.hpp"

namespace fabrik::adapters {
namespace {

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

}  // namespace
}  // namespace fabrik::adapters
