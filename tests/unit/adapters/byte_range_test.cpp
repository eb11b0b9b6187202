#include "adapters/shared/byte_range.hpp"

#include <gtest/gtest.h>

#include "adapters/shared/body_slice.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/run_task.hpp"

namespace fabrik::adapters {
namespace {

RangeChoice part(std::uint64_t first, std::uint64_t last) {
  return {.answer = RangeAnswer::part, .range = {.first = first, .last = last}};
}
constexpr RangeChoice kWhole{};
constexpr RangeChoice kUnsatisfiable{.answer = RangeAnswer::unsatisfiable, .range = {}};

TEST(ByteRange, NoHeaderMeansEverything) {
  EXPECT_EQ(choose_range(std::nullopt, 100), kWhole);
}

TEST(ByteRange, BothEndsAreInclusive) {
  EXPECT_EQ(choose_range("bytes=0-0", 100), part(0, 0));
  EXPECT_EQ(choose_range("bytes=10-19", 100), part(10, 19));
  EXPECT_EQ(choose_range("Bytes=10-19", 100), part(10, 19));
  EXPECT_EQ(part(10, 19).range.size(), 10u);
}

TEST(ByteRange, AnEndBeyondTheBlobIsCappedThere) {
  EXPECT_EQ(choose_range("bytes=90-", 100), part(90, 99));
  EXPECT_EQ(choose_range("bytes=90-500", 100), part(90, 99));
  EXPECT_EQ(choose_range("bytes=0-99999999999999999999999", 100), part(0, 99));
}

TEST(ByteRange, ASuffixCountsFromTheEnd) {
  EXPECT_EQ(choose_range("bytes=-1", 100), part(99, 99));
  EXPECT_EQ(choose_range("bytes=-500", 100), part(0, 99));
  EXPECT_EQ(choose_range("bytes=-99999999999999999999999", 100), part(0, 99));
}

TEST(ByteRange, ABeginningBehindTheEndIsUnsatisfiable) {
  EXPECT_EQ(choose_range("bytes=100-", 100), kUnsatisfiable);
  EXPECT_EQ(choose_range("bytes=0-", 0), kUnsatisfiable);
  EXPECT_EQ(choose_range("bytes=-0", 100), kUnsatisfiable);
  EXPECT_EQ(choose_range("bytes=-5", 0), kUnsatisfiable);
  EXPECT_EQ(choose_range("bytes=99999999999999999999999-", 100), kUnsatisfiable);
}

TEST(ByteRange, WhatIsNotOneRangeOfBytesIsIgnored) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-4", "bytes=+1-2",
        "bytes=0x1-2", "bytes=1-2,4-5", "bytes=--1", "lines=1-2", "bytes=1-2-3", "bytes=1 -2"}) {
    EXPECT_EQ(choose_range(header, 100), kWhole) << header;
  }
}

TEST(ByteRange, IsWrittenAsContentRange) {
  EXPECT_EQ(content_range({.first = 0, .last = 9}, 100), "bytes 0-9/100");
  EXPECT_EQ(unsatisfied_range(100), "bytes */100");
}

class BodySlice : public ::testing::Test {
 protected:
  std::unique_ptr<cache::BlobSource> stored(const std::string& bytes) {
    auto writer = *parts_.store.create(bytes.size());
    EXPECT_TRUE(writer->append(as_bytes(bytes)));
    const cache::BlobRef ref = *writer->commit();
    auto opened = testing::run_task(
        parts_.content.open(cache::Space::s3, ref.digest, cache::Verify::while_reading));
    return *std::move(opened);
  }
  static std::string read(net::BodySource& body) {
    std::string bytes;
    for (;;) {
      const Result<Bytes> piece = testing::run_task(body.next());
      EXPECT_TRUE(piece) << piece.error().message;
      if (!piece || piece->empty()) {
        return bytes;
      }
      bytes += as_text(*piece);
    }
  }

  testing::AdapterParts parts_;
};

TEST_F(BodySlice, HoldsExactlyTheBytesOfTheRange) {
  std::string bytes(600'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 7919 >> 8);
  }
  for (const ByteRange range : {ByteRange{.first = 0, .last = 0},
                                {0, 599'999},
                                {5, 262'143},
                                {262'144, 262'144},
                                {262'143, 262'144},
                                {599'999, 599'999}}) {
    auto body = slice(stored(bytes), range);
    ASSERT_TRUE(body);
    EXPECT_EQ((*body)->size(), range.size());
    EXPECT_TRUE(read(**body) == bytes.substr(range.first, range.size())) << range.first;
  }
}

TEST_F(BodySlice, PrimingChangesNoByte) {
  for (const std::size_t size : {0, 1, 262'144, 300'000}) {
    const std::string bytes(size, 'x');
    auto body = testing::run_task(primed(stored(bytes)));
    ASSERT_TRUE(body);
    EXPECT_EQ((*body)->size(), size);
    EXPECT_TRUE(read(**body) == bytes);
  }
}

}  // namespace
}  // namespace fabrik::adapters
