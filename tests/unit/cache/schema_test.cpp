#include "cache/schema.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/clock.hpp"
#include "tests/support/blobs.hpp"

namespace fabrik::cache {
namespace {

const BlobRecord kRecord{.size = 123'456'789'012,
                         .created_ms = 1'700'000'000'123,
                         .order = 0xfedcba9876543210,
                         .uses = 7,
                         .leased_until_ms = 1'700'000'999'999,
                         .stored = 123'456'789'000};

EntryInfo some_entry() {
  return {.blob = {.digest = sha256(as_bytes("x")), .size = 42},
          .meta = {.writer = "uid 1000", .headers = {{"a", "b"}, {"", std::string("\0\xff", 2)}}},
          .created = from_unix_ms(1'700'000'000'123)};
}

TEST(Schema, BlobRecordsComeBackUnchanged) {
  EXPECT_EQ(decode_blob(encode(kRecord)), kRecord);
  EXPECT_EQ(decode_blob(encode(BlobRecord{})), BlobRecord{});
}

TEST(Schema, EntriesComeBackUnchanged) {
  const EntryInfo info = some_entry();
  const auto decoded = decode_entry(encode(info));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->blob, info.blob);
  EXPECT_EQ(decoded->meta.writer, info.meta.writer);
  EXPECT_EQ(decoded->meta.headers, info.meta.headers);
  EXPECT_EQ(decoded->created, info.created);
}

TEST(Schema, RefusesEveryTruncationAndExtension) {
  for (const std::string& good : {encode(kRecord), encode(some_entry())}) {
    for (std::size_t size = 0; size < good.size(); ++size) {
      EXPECT_FALSE(decode_blob(good.substr(0, size))) << size;
      EXPECT_FALSE(decode_entry(good.substr(0, size))) << size;
    }
    EXPECT_FALSE(decode_blob(good + '\0'));
    EXPECT_FALSE(decode_entry(good + '\0'));
  }
}

TEST(Schema, RefusesTimesThatTheClockCannotHold) {
  BlobRecord record = kRecord;
  record.created_ms = INT64_MAX;
  EXPECT_FALSE(decode_blob(encode(record)));
  record.created_ms = -1;
  EXPECT_FALSE(decode_blob(encode(record)));
}

TEST(Schema, RefusesABlobThatTakesMoreThanItHolds) {
  BlobRecord record = kRecord;
  record.stored = record.size;
  EXPECT_TRUE(decode_blob(encode(record)));
  ++record.stored;
  EXPECT_FALSE(decode_blob(encode(record)));
}

TEST(Schema, RefusesRecordsOfAnotherVersion) {
  std::string blob = encode(kRecord);
  std::string entry = encode(some_entry());
  ++blob[0];
  ++entry[0];
  EXPECT_FALSE(decode_blob(blob));
  EXPECT_FALSE(decode_entry(entry));
}

TEST(Schema, EntryKeysSortAsTheyCompare) {
  std::vector<EntryKey> keys;
  for (const Space space : kSpaces) {
    for (const char* ns : {"", "a", "ab", "b"}) {
      for (const char* name : {"", "a", "b", "bc"}) {
        keys.push_back({space, ns, name});
      }
    }
  }
  std::ranges::shuffle(keys, std::mt19937(1));
  auto by_text = keys;
  std::ranges::sort(keys);
  std::ranges::sort(by_text, {}, [](const EntryKey& key) { return encode(key); });
  EXPECT_EQ(keys, by_text);
  for (const EntryKey& key : keys) {
    EXPECT_EQ(decode_entry_key(encode(key)), key);
  }
}

TEST(Schema, RefusesTextThatIsNoEntryKey) {
  using namespace std::string_literals;
  for (const std::string& bad : {""s, "\1"s, "\1ns"s, "\1ns\0k\0y"s, "\0ns\0key"s}) {
    EXPECT_FALSE(decode_entry_key(bad)) << bad.size();
  }
}

TEST(Schema, PlacesSortByNumber) {
  const Digest digest = sha256(as_bytes("x"));
  EXPECT_LT(encode(OrderKey{255, digest}), encode(OrderKey{256, digest}));
  EXPECT_LT(encode(OrderKey{1, digest}), encode(OrderKey{1ULL << 63, digest}));
  const OrderKey place{0x0102030405060708, digest};
  EXPECT_EQ(decode_order(encode(place)), place);
  EXPECT_FALSE(decode_order(encode(place).substr(1)));
}

TEST(Schema, ReferencesNameTheirEntry) {
  const Digest digest = sha256(as_bytes("x"));
  EXPECT_EQ(entry_of_ref(digest, ref_key(digest, "entry")), "entry");
  EXPECT_EQ(entry_of_ref(sha256(as_bytes("y")), ref_key(digest, "entry")), std::nullopt);
}

TEST(Schema, WantsOneChecksumPerPiece) {
  const Pieces sums{.checksums = {1, 2}};
  EXPECT_EQ(decode_pieces(encode(sums), kChunkSize + 1), sums);
  EXPECT_EQ(decode_pieces(encode(sums), 2 * kChunkSize), sums);
  EXPECT_FALSE(decode_pieces(encode(sums), kChunkSize));
  EXPECT_FALSE(decode_pieces(encode(sums), 2 * kChunkSize + 1));
  EXPECT_FALSE(decode_pieces(encode(sums), UINT64_MAX));
  EXPECT_FALSE(decode_pieces("1234567", 1));
}

TEST(Schema, WantsSizesOfPackedPiecesThatCanBe) {
  const Pieces packed{.checksums = {1, 2}, .stored = {kChunkSize, 1}};
  EXPECT_EQ(decode_pieces(encode(packed), kChunkSize + 1), packed);
  for (const Pieces& bad : {Pieces{.checksums = {1, 2}, .stored = {0, 1}},
                            Pieces{.checksums = {1, 2}, .stored = {kChunkSize + 1, 1}},
                            Pieces{.checksums = {1, 2}, .stored = {1, 2}},
                            Pieces{.checksums = {1, 2}, .stored = {1}}}) {
    EXPECT_FALSE(decode_pieces(encode(bad), kChunkSize + 1));
  }
}

TEST(Schema, PlacesInAQuotaSortByNumberAndStayApart) {
  const std::string entry = encode(EntryKey{Space::s3, "bucket", "key"});
  EXPECT_LT(quota_order_key(1, 255, entry), quota_order_key(1, 256, entry));
  EXPECT_LT(quota_order_key(1, UINT64_MAX, entry), quota_order_key(2, 0, entry));
  const std::string key = quota_order_key(1, 7, entry);
  const auto place = decode_quota_order(1, key);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->first, 7U);
  EXPECT_EQ(place->second, entry);
  EXPECT_FALSE(decode_quota_order(2, key));
  EXPECT_FALSE(decode_quota_order(1, quota_entry_key(entry)));
  EXPECT_EQ(decode_place(encode_place(7)), 7U);
  EXPECT_FALSE(decode_place("1234567"));
}

TEST(Schema, SurvivesAnyBytes) {
  std::mt19937 random(7);
  const std::string seeds[] = {encode(kRecord), encode(some_entry()),
                               encode(EntryKey{Space::nx, "ns", "key"})};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = seeds[random() % 3];
    for (unsigned flips = random() % 4 + 1; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(random() % (bytes.size() + 8));
    if (const auto record = decode_blob(bytes)) {
      EXPECT_EQ(encode(*record), bytes);
    }
    if (const auto info = decode_entry(bytes)) {
      EXPECT_EQ(encode(*info), bytes);
    }
    if (const auto key = decode_entry_key(bytes)) {
      EXPECT_EQ(encode(*key), bytes);
    }
  }
}

}  // namespace
}  // namespace fabrik::cache
