// The parts of the Remote Execution API that need no server: chunking, zstd, the
// wire form of writes, instance rules, asset keys.
#include <gtest/gtest.h>

#include <random>

#include "adapters/reapi/assets.hpp"
#include "adapters/reapi/byte_stream.hpp"
#include "adapters/reapi/fast_cdc.hpp"
#include "adapters/shared/zstd_codec.hpp"
#include "google/bytestream/bytestream.pb.h"

namespace fabrik::adapters {
namespace {

std::string noise(std::size_t size, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random());
  }
  return bytes;
}

std::vector<std::string> chunks_of(std::string_view bytes) {
  std::vector<std::string> chunks;
  while (!bytes.empty()) {
    chunks.emplace_back(bytes.substr(0, reapi::first_chunk(as_bytes(bytes))));
    bytes.remove_prefix(chunks.back().size());
  }
  return chunks;
}

TEST(FastCdc, CutsWithinItsBoundsAndLosesNothing) {
  const std::string bytes = noise(12 << 20);
  std::string joined;
  const auto chunks = chunks_of(bytes);
  for (const std::string& chunk : chunks) {
    joined += chunk;
    EXPECT_LE(chunk.size(), reapi::kLargestChunk);
    if (joined.size() < bytes.size()) {
      EXPECT_GE(chunk.size(), reapi::kLeastChunk);
    }
  }
  EXPECT_EQ(joined, bytes);
  EXPECT_GT(chunks.size(), 12U);
  EXPECT_LT(chunks.size(), 48U);
}

TEST(FastCdc, FindsTheSameChunksBehindAnInsertion) {
  const std::string bytes = noise(8 << 20);
  const auto before = chunks_of(bytes);
  const auto after = chunks_of("inserted" + bytes);
  ASSERT_GT(before.size(), 4U);
  EXPECT_EQ(std::vector(before.end() - 3, before.end()), std::vector(after.end() - 3, after.end()));
}

TEST(FastCdc, LeavesConstantDataInTheLargestChunks) {
  const std::string bytes(5 << 20, 'x');
  EXPECT_EQ(chunks_of(bytes).front().size(), reapi::kLargestChunk);
}

TEST(Zstd, RoundTripsInPieces) {
  const std::string bytes = noise(300'000) + std::string(1'000'000, 'z');
  ZstdEncoder encoder;
  std::string encoded;
  for (std::size_t at = 0; at < bytes.size(); at += 100'000) {
    encoded += as_text(*encoder.encode(as_bytes(bytes).subspan(at, 100'000), false));
  }
  encoded += as_text(*encoder.encode({}, true));
  EXPECT_LT(encoded.size(), bytes.size() / 2);
  ZstdDecoder decoder(bytes.size());
  std::string decoded;
  for (std::size_t at = 0; at < encoded.size(); at += 777) {
    decoder.feed(as_bytes(encoded).subspan(at, std::min<std::size_t>(777, encoded.size() - at)));
    for (;;) {
      const auto piece = decoder.next();
      ASSERT_TRUE(piece) << piece.error().message;
      if (piece->empty()) {
        break;
      }
      decoded += as_text(*piece);
    }
  }
  EXPECT_EQ(decoded, bytes);
  EXPECT_TRUE(decoder.at_frame_end());
}

TEST(Zstd, EncodesNothingAsAValidFrame) {
  const auto encoded = zstd_encode({});
  ASSERT_TRUE(encoded);
  EXPECT_EQ(to_hex(as_bytes(*encoded)).substr(0, 8), "28b52ffd");
  EXPECT_EQ(zstd_decode(as_bytes(*encoded), 0), "");
}

TEST(Zstd, StopsAtTheLimit) {
  const auto bomb = *zstd_encode(as_bytes(std::string(64 << 20, '\0')));
  EXPECT_LT(bomb.size(), 100'000U);
  EXPECT_EQ(zstd_decode(as_bytes(bomb), 1000).error().code, Errc::too_large);
  EXPECT_EQ(zstd_decode(as_bytes(bomb), (64 << 20) - 1).error().code, Errc::too_large);
  EXPECT_EQ(zstd_decode(as_bytes(bomb), 64 << 20)->size(), std::size_t{64 << 20});
}

TEST(Zstd, RefusesWhatIsNoneOrIncomplete) {
  EXPECT_EQ(zstd_decode(as_bytes("not zstd at all"), 100).error().code, Errc::invalid_argument);
  const auto whole = *zstd_encode(as_bytes(noise(1000)));
  EXPECT_EQ(zstd_decode(as_bytes(whole).first(whole.size() - 1), 1000).error().code,
            Errc::invalid_argument);
}

TEST(WriteMessages, AreReadAsTheGeneratedClassReadsThem) {
  google::bytestream::WriteRequest request;
  request.set_resource_name("uploads/u/blobs/x/1");
  request.set_write_offset(std::int64_t{1} << 40);
  request.set_finish_write(true);
  request.set_data(noise(100'000));
  const std::string bytes = request.SerializeAsString() + "\xfa\x3e\x02hi";  // an unknown field
  const auto parsed = reapi::parse_write_message(as_bytes(bytes));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->resource_name, request.resource_name());
  EXPECT_EQ(parsed->write_offset, request.write_offset());
  EXPECT_TRUE(parsed->finish_write);
  EXPECT_EQ(as_text(parsed->data), request.data());
  EXPECT_TRUE(reapi::parse_write_message({}));
}

TEST(WriteMessages, ThatAreCutAreRefused) {
  google::bytestream::WriteRequest request;
  request.set_resource_name("name");
  request.set_data("data");
  const std::string bytes = request.SerializeAsString();
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    google::bytestream::WriteRequest reference;
    EXPECT_EQ(reapi::parse_write_message(as_bytes(bytes).first(size)).has_value(),
              reference.ParseFromString(bytes.substr(0, size)))
        << size;
  }
  EXPECT_FALSE(reapi::parse_write_message(as_bytes("\xff\xff\xff\xff\xff\xff\xff\xff")));
}

TEST(Instances, AreAllServedUnlessThereIsAList) {
  const reapi::InstanceRule any(NamespaceRule({}));
  EXPECT_TRUE(any.check(""));
  EXPECT_TRUE(any.check("moon-outputs"));
  EXPECT_EQ(any.check("a/blobs").error().code, Errc::invalid_argument);
  const reapi::InstanceRule some(NamespaceRule({"main", "team/*"}));
  EXPECT_TRUE(some.check("main"));
  EXPECT_TRUE(some.check("team/a/b"));
  EXPECT_EQ(some.check("").error().code, Errc::not_found);
  EXPECT_EQ(some.check("other").error().code, Errc::not_found)
      << "what exists elsewhere is nobody's business";
}

TEST(Assets, AreNamedByUriAndWhatQualifiesTheContent) {
  const auto qualifiers = [](std::vector<std::pair<std::string, std::string>> pairs) {
    reapi::Qualifiers list;
    for (const auto& [name, value] : pairs) {
      list.Add()->set_name(name);
      list.rbegin()->set_value(value);
    }
    return list;
  };
  const auto key = [&](const std::string& uri, const reapi::Qualifiers& list) {
    return reapi::asset_key("blob", uri, list);
  };
  EXPECT_EQ(key("u", qualifiers({{"a", "1"}, {"b", "2"}})),
            key("u", qualifiers({{"b", "2"}, {"a", "1"}})));
  EXPECT_EQ(key("u", qualifiers({})), key("u", qualifiers({{"http_header:X", "secret"}})));
  EXPECT_NE(key("u", qualifiers({})), key("v", qualifiers({})));
  EXPECT_NE(key("u", qualifiers({})), key("u", qualifiers({{"a", "1"}})));
  EXPECT_NE(key("u", qualifiers({})), reapi::asset_key("directory", "u", qualifiers({})));
}

TEST(Assets, UnderstandSubresourceIntegrity) {
  const auto digest = reapi::parse_sri("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  ASSERT_TRUE(digest);
  EXPECT_EQ(*digest, sha256({}));
  for (const char* wrong : {"", "sha256-", "sha512-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
                            "sha256-47DEQpj8HBSa!/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}) {
    EXPECT_FALSE(reapi::parse_sri(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace fabrik::adapters
