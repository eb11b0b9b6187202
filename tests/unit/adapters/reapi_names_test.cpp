#include "adapters/reapi/names.hpp"

#include <gtest/gtest.h>

namespace fabrik::adapters::reapi {
namespace {

const std::string kHash(64, 'a');

TEST(ResourceNames, OfReads) {
  const auto plain = parse_read_name("blobs/" + kHash + "/5");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->instance, "");
  EXPECT_EQ(plain->blob.size, 5U);
  EXPECT_EQ(plain->blob.digest.hex(), kHash);
  EXPECT_FALSE(plain->zstd);
  const auto deep = parse_read_name("a/b c/d/compressed-blobs/zstd/" + kHash + "/0");
  ASSERT_TRUE(deep) << deep.error().message;
  EXPECT_EQ(deep->instance, "a/b c/d");
  EXPECT_TRUE(deep->zstd);
}

TEST(ResourceNames, OfWrites) {
  const auto plain = parse_write_name("uploads/u-1/blobs/" + kHash + "/5");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->upload_id, "u-1");
  const auto more = parse_write_name("i/uploads/u/compressed-blobs/zstd/" + kHash + "/7/name/x.o");
  ASSERT_TRUE(more) << more.error().message;
  EXPECT_EQ(more->instance, "i");
  EXPECT_TRUE(more->zstd);
}

TEST(ResourceNames, ThatAreNone) {
  const std::string upper(64, 'A');
  for (const std::string& name : {std::string(),
                                  std::string("/"),
                                  std::string("blobs"),
                                  "blobs/" + kHash,
                                  "/blobs/" + kHash + "/1",
                                  "a//blobs/" + kHash + "/1",
                                  "blobs/" + kHash + "/-1",
                                  "blobs/" + kHash + "/+1",
                                  "blobs/" + kHash + "/1x",
                                  "blobs/" + kHash + "/",
                                  "blobs/" + kHash + "/99999999999999999999",
                                  "blobs/" + kHash + "/1/extra",
                                  "blobs/" + upper + "/1",
                                  "blobs/" + kHash.substr(1) + "/1",
                                  "blobs/" + kHash + "a/1",
                                  "blobs/blake3/" + kHash + "/1",
                                  "compressed-blobs/" + kHash + "/1",
                                  "compressed-blobs/identity/" + kHash + "/1",
                                  "compressed-blobs/ZSTD/" + kHash + "/1",
                                  "compressed-blobs/deflate/" + kHash + "/1",
                                  "actions/blobs/" + kHash + "/1",
                                  "uploads/u/blobs/" + kHash + "/1"}) {
    const auto parsed = parse_read_name(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().code, Errc::invalid_argument) << name;
  }
  for (const std::string& name : {"blobs/" + kHash + "/1", "uploads/blobs/" + kHash + "/1",
                                  std::string("uploads"), "uploads/u/" + kHash + "/1"}) {
    EXPECT_FALSE(parse_write_name(name)) << name;
  }
}

TEST(InstanceNames, AreSegmentsThatMeanNothingElse) {
  for (const char* name : {"", "main", "a/b", "moon-outputs", "with space"}) {
    EXPECT_TRUE(is_instance_name(name)) << name;
  }
  for (const char* name : {"blobs", "a/uploads", "a//b", "/", "a/", "compressed-blobs/x"}) {
    EXPECT_FALSE(is_instance_name(name)) << name;
  }
}

}  // namespace
}  // namespace fabrik::adapters::reapi
