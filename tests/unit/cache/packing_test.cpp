#include "cache/packing.hpp"

#include <gtest/gtest.h>

#include "tests/support/blobs.hpp"

namespace fabrik::cache {
namespace {

using testing::random_bytes;

std::string unpacked(Bytes packed, std::size_t size) {
  std::string content(size, '\0');
  return unpack(packed, std::as_writable_bytes(std::span(content))) ? content : "refused";
}

TEST(Packing, GivesBackTheBytesOfEveryPiece) {
  Packer packer;
  for (const std::size_t size : {512UL, 10'000UL, kChunkSize}) {
    const std::string content = random_bytes(size / 4, size) + std::string(size - size / 4, 'a');
    const auto packed = packer.pack(as_bytes(content));
    ASSERT_TRUE(packed) << size;
    EXPECT_LE(packed->size(), size - size / 8);
    EXPECT_EQ(unpacked(*packed, size), content);
  }
}

TEST(Packing, LeavesAloneWhatGainsNothing) {
  Packer packer;
  EXPECT_FALSE(packer.pack(as_bytes(std::string(511, 'a'))));
  EXPECT_FALSE(packer.pack(as_bytes(random_bytes(kChunkSize, 1))));
  const std::string a_tenth = random_bytes(90'000, 2) + std::string(10'000, 'a');
  EXPECT_FALSE(packer.pack(as_bytes(a_tenth)));
}

TEST(Packing, RefusesWhatIsNotThePackedFormOfJustThatSize) {
  Packer packer;
  const std::string content(5'000, 'a');
  const std::string packed(as_text(*packer.pack(as_bytes(content))));
  EXPECT_EQ(unpacked(as_bytes(packed), 4'999), "refused");
  EXPECT_EQ(unpacked(as_bytes(packed), 5'001), "refused");
  EXPECT_EQ(unpacked(as_bytes(packed).first(packed.size() - 1), 5'000), "refused");
  EXPECT_EQ(unpacked(as_bytes(random_bytes(100, 3)), 5'000), "refused");
  EXPECT_EQ(unpacked({}, 5'000), "refused");
}

}  // namespace
}  // namespace fabrik::cache
