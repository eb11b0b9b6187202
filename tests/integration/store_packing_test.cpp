// Compression at rest: nobody can tell from outside, but by the space it takes.
#include <random>
#include <thread>

#include "cache/footprint.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

namespace fs = std::filesystem;
using testing::Content;
using testing::flip_byte;
using testing::get_blob;
using testing::random_bytes;

// Text-like: a few hundred words in random order.
Content words(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Content text;
  while (text.size() < size) {
    text += "symbol_" + std::to_string(random() % 300) + " ";
  }
  text.resize(size);
  return text;
}

class StorePacking : public testing::StoreFixture {
 protected:
  BlobRef put(std::string_view content, Packing packing = Packing::where_it_pays,
              std::size_t step = 100'000) {
    const auto writer = store().create(content.size(), packing);
    EXPECT_TRUE(writer);
    for (std::size_t at = 0; at < content.size(); at += step) {
      EXPECT_TRUE((*writer)->append(as_bytes(content.substr(at, step))));
    }
    const auto ref = (*writer)->commit();
    EXPECT_TRUE(ref) << ref.error().message;
    return *ref;
  }
  std::uint64_t stored() { return store().stats().bytes; }
};

TEST_F(StorePacking, WhatIsReadIsWhatWasWritten) {
  open();
  std::vector<Content> contents;
  for (const std::size_t size : {0UL, 1UL, 511UL, 4'000UL, 65'535UL, 65'536UL, 65'537UL, 262'144UL,
                                 262'145UL, 1'500'000UL}) {
    for (const std::size_t step : {1'000UL, 262'144UL}) {
      contents.push_back(words(size, size + step));
      const BlobRef ref = put(contents.back(), Packing::where_it_pays, step);
      EXPECT_EQ(ref.digest, sha256(as_bytes(contents.back())));
      EXPECT_EQ(ref.size, size);
    }
  }
  EXPECT_LT(stored(), store().stats().content_bytes / 2);
  for (const bool reopened : {false, true}) {
    if (reopened) {
      open();
    }
    for (const Content& content : contents) {
      for (const Verify verify : {Verify::while_reading, Verify::whole_first}) {
        EXPECT_EQ(get_blob(store(), sha256(as_bytes(content)), verify), content);
      }
    }
  }
}

TEST_F(StorePacking, AnyPartCanBeReadAlone) {
  open();
  for (const std::size_t size : {50'000UL, 1'100'000UL}) {
    const Content content = words(size, 1);
    const auto reader = store().open(put(content).digest, Verify::while_reading);
    ASSERT_TRUE(reader && *reader);
    for (const std::size_t offset : {size - 1, size / 2, std::size_t{3}, std::size_t{0}, size}) {
      ASSERT_TRUE((*reader)->seek(offset));
      EXPECT_EQ(*testing::drain(**reader), content.substr(offset));
    }
  }
}

TEST_F(StorePacking, WhatDoesNotShrinkIsKeptAsItIs) {
  open();
  put(random_bytes(40'000, 1));
  put(random_bytes(900'000, 2));
  EXPECT_EQ(stored(), 940'000U);
  EXPECT_EQ(store().stats().content_bytes, 940'000U);
  // Only a part of it shrinks, and that is found though it does not come first.
  const Content mixed = words(300'000, 3) + random_bytes(600'000, 4) + words(300'000, 5);
  const BlobRef ref = put(mixed);
  EXPECT_LT(stored(), 940'000U + 900'000U);
  EXPECT_EQ(get_blob(store(), ref.digest), mixed);
}

TEST_F(StorePacking, TheBudgetCountsWhatIsStored) {
  options_.max_bytes = 1'000'000;
  open();
  std::vector<BlobRef> refs;
  for (int i = 0; i < 8; ++i) {
    refs.push_back(put(words(200'000, i)));
  }
  EXPECT_EQ(store().stats().evicted_blobs, 0U);
  EXPECT_GT(store().stats().content_bytes, options_.max_bytes);
  std::uint64_t on_disk = 0;
  for (const auto& file : testing::files_below(options_.dir / "blobs")) {
    on_disk += fs::file_size(file);
  }
  EXPECT_EQ(on_disk, stored());
}

TEST_F(StorePacking, StoredOnceMoreInAnotherFormItIsStillTheSameBlob) {
  open();
  for (const std::size_t size : {30'000UL, 700'000UL}) {
    const Content content = words(size, 7);
    const BlobRef ref = put(content, Packing::plain);
    const auto plain = stored();
    const auto before = store().open(ref.digest, Verify::while_reading);
    put(content, Packing::where_it_pays);
    EXPECT_LT(stored(), plain);
    EXPECT_EQ(get_blob(store(), ref.digest), content);
    EXPECT_EQ(*testing::drain(**before), content) << "a reader keeps its bytes";
    put(content, Packing::plain);
    EXPECT_EQ(stored(), plain);
    EXPECT_EQ(get_blob(store(), ref.digest), content);
    ASSERT_TRUE(*store().erase(ref.digest));
    EXPECT_EQ(stored(), 0U);
    EXPECT_EQ(store().stats().content_bytes, 0U);
  }
}

TEST_F(StorePacking, ReadersNeverMissWhileItIsStoredInOtherForms) {
  open();
  const Content small = words(30'000, 8);
  const Content large = words(700'000, 9);
  const BlobRef refs[] = {put(small), put(large)};
  std::atomic<bool> done{false};
  std::jthread reader([&] {
    while (!done) {
      EXPECT_EQ(get_blob(store(), refs[0].digest), small);
      EXPECT_EQ(get_blob(store(), refs[1].digest), large);
    }
  });
  for (int i = 0; i < 60; ++i) {
    put(small, i % 2 == 0 ? Packing::plain : Packing::where_it_pays);
    put(large, i % 2 == 0 ? Packing::plain : Packing::where_it_pays);
  }
  done = true;
}

TEST_F(StorePacking, AFlippedByteAnywhereIsAMissThatHeals) {
  open();
  const Content content = words(900'000, 10);
  std::mt19937_64 random(11);
  for (int round = 0; round < 40; ++round) {
    const BlobRef ref = put(content);
    const fs::path file = file_of(content);
    if (round % 2 == 0) {
      open();  // a process that has not verified the file yet
    }
    flip_byte(file, random() % fs::file_size(file));
    EXPECT_EQ(get_blob(store(), ref.digest), std::nullopt) << round;
    EXPECT_EQ(store().missing(std::vector{ref.digest})->size(), 1U);
  }
  EXPECT_EQ(get_blob(store(), put(content).digest), content);
}

TEST_F(StorePacking, TheScrubberFindsDamageInIt) {
  open();
  const Content content = words(900'000, 12);
  const BlobRef sound = put(words(40'000, 13));
  const BlobRef damaged = put(content);
  ASSERT_EQ(store().scrub(nullptr, UINT64_MAX)->damaged, 0U);
  flip_byte(file_of(content), 1000);
  const auto step = store().scrub(nullptr, UINT64_MAX);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->damaged, 1U);
  EXPECT_EQ(store().missing(std::vector{damaged.digest, sound.digest})->size(), 1U);
}

TEST_F(StorePacking, SurvivesAKill) {
  const Content small = words(30'000, 14);
  const Content large = words(700'000, 15);
  kill_after([&] {
    put(small);
    put(large);
  });
  open();
  EXPECT_LT(stored(), store().stats().content_bytes);
  EXPECT_EQ(get_blob(store(), sha256(as_bytes(small))), small);
  EXPECT_EQ(get_blob(store(), sha256(as_bytes(large))), large);
}

}  // namespace
}  // namespace fabrik::cache
