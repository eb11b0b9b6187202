// Promise 1: never wrong bytes. Damage done to the files behind a store's back
// is a miss that heals itself.
#include <algorithm>
#include <random>

#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

namespace fs = std::filesystem;
using testing::Content;
using testing::eventually;
using testing::flip_byte;
using testing::get_blob;
using testing::get_entry;
using testing::put_blob;
using testing::put_entry;
using testing::random_bytes;

class StoreIntegrity : public testing::StoreFixture {
 protected:
  // The file and offset where `content` lies in the index.
  std::pair<fs::path, std::uint64_t> find_in_index(const Content& content) {
    for (const auto& path : testing::files_below(options_.dir / "db")) {
      const auto bytes = read_file(path);
      const auto at = bytes ? bytes->find(content.substr(0, 64)) : std::string::npos;
      if (at != std::string::npos) {
        return {path, at};
      }
    }
    return {};
  }

  void expect_miss_and_healing(const std::string& name, const Content& content, Verify verify) {
    const auto dropped = store().stats().corrupt_dropped;
    EXPECT_EQ(get_entry(store(), name, verify), std::nullopt);
    EXPECT_EQ(store().stats().corrupt_dropped, dropped + 1);
    EXPECT_FALSE(*store().find(testing::key(name))) << "the entry must go with its blob";
    ASSERT_EQ(*put_entry(store(), name, content, IfExists::keep), PutOutcome::stored);
    EXPECT_EQ(get_entry(store(), name, verify), content);
  }
};

TEST_F(StoreIntegrity, AFlippedByteInASmallBlobIsAMissThatHeals) {
  for (const std::size_t size : {100UL, 65'536UL}) {
    options_.dir = dir_ / std::to_string(size);
    open();
    const Content content = random_bytes(size, size);
    ASSERT_TRUE(put_entry(store(), "k", content));
    ASSERT_TRUE(store().flush());
    close();
    const auto [path, at] = find_in_index(content);
    ASSERT_FALSE(path.empty());
    flip_byte(path, at + size / 2);
    open();
    expect_miss_and_healing("k", content, Verify::while_reading);
    close();
  }
}

constexpr std::size_t kPieces = 4;
constexpr std::size_t kLarge = (kPieces - 1) * kChunkSize + 1000;

// Where the byte is flipped, how it is read, whether the process knew the file.
class LargeBlob : public StoreIntegrity,
                  public ::testing::WithParamInterface<std::tuple<std::size_t, Verify, bool>> {};

TEST_P(LargeBlob, WithAFlippedByteIsAMissThatHeals) {
  const auto [offset, verify, known] = GetParam();
  const Content content = random_bytes(kLarge, 1);
  open();
  ASSERT_TRUE(put_entry(store(), "k", content));
  if (!known) {
    open();
  }
  flip_byte(file_of(content), offset);
  expect_miss_and_healing("k", content, verify);
}

INSTANTIATE_TEST_SUITE_P(
    Places, LargeBlob,
    ::testing::Combine(::testing::Values(0, kChunkSize - 1, kChunkSize + 5, kLarge - 1),
                       ::testing::Values(Verify::while_reading, Verify::whole_first),
                       ::testing::Bool()));

TEST_F(StoreIntegrity, AReaderNeverHandsOutTheDamagedPiece) {
  open();
  const Content content = random_bytes(kLarge, 2);
  const auto ref = put_blob(store(), content);
  ASSERT_TRUE(ref);
  const auto reader = store().open(ref->digest, Verify::while_reading);
  ASSERT_TRUE(reader && *reader);
  flip_byte(file_of(content), kLarge - 1);
  for (std::size_t piece = 0; piece + 1 < kPieces; ++piece) {
    const auto bytes = (*reader)->next();
    ASSERT_TRUE(bytes);
    EXPECT_EQ(as_text(*bytes), std::string_view(content).substr(piece * kChunkSize, kChunkSize));
  }
  const auto last = (*reader)->next();
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Errc::corrupt);
  EXPECT_EQ(store().missing(std::vector{ref->digest})->size(), 1U);
}

TEST_F(StoreIntegrity, WholeFirstFindsTheDamageBeforeTheFirstByte) {
  open();
  const Content content = random_bytes(kLarge, 3);
  const auto ref = put_blob(store(), content);
  ASSERT_TRUE(ref);
  flip_byte(file_of(content), kLarge - 1);
  const auto reader = store().open(ref->digest, Verify::whole_first);
  ASSERT_TRUE(reader);
  EXPECT_EQ(*reader, nullptr);
}

TEST_F(StoreIntegrity, TruncatedLengthenedAndMissingFilesAreMisses) {
  open();
  const Content content = random_bytes(kLarge, 4);
  for (const auto& damage :
       std::vector<std::function<void()>>{[&] { fs::resize_file(file_of(content), kLarge - 1); },
                                          [&] { fs::resize_file(file_of(content), kChunkSize); },
                                          [&] { fs::resize_file(file_of(content), 0); },
                                          [&] { fs::resize_file(file_of(content), kLarge + 1); },
                                          [&] { fs::remove(file_of(content)); }}) {
    ASSERT_TRUE(put_entry(store(), "k", content));
    damage();
    expect_miss_and_healing("k", content, Verify::while_reading);
  }
}

TEST_F(StoreIntegrity, AReplacedFileIsHashedAgain) {
  open();
  const Content content = random_bytes(kLarge, 5);
  ASSERT_TRUE(put_entry(store(), "k", content));
  ASSERT_TRUE(get_entry(store(), "k"));
  ASSERT_TRUE(write_file_atomically(file_of(content), random_bytes(kLarge, 6)));
  expect_miss_and_healing("k", content, Verify::while_reading);
}

TEST_F(StoreIntegrity, StoringAgainReplacesADamagedFileNobodyHasReadYet) {
  open();
  const Content content = random_bytes(kLarge, 7);
  ASSERT_TRUE(put_entry(store(), "k", content));
  flip_byte(file_of(content), 0);
  ASSERT_TRUE(put_entry(store(), "k", content));
  EXPECT_EQ(get_entry(store(), "k"), content);
}

// Any byte of any file: the store opens, what it serves is right, and it works.
class DamageAnywhere : public StoreIntegrity {
 protected:
  static constexpr int kEntries = 1000;

  static Content content(int i) {
    return random_bytes(i % 100 == 0 ? 100'000 : 100 + 10 * (i % 7), i);
  }
  void put(int from, int to) {
    for (int i = from; i < to; ++i) {
      ASSERT_TRUE(put_entry(store(), std::to_string(i), content(i)));
    }
  }
  // How many are served; every one of them must be right.
  int count_served() {
    int served = 0;
    for (int i = 0; i < kEntries; ++i) {
      const auto got = get_entry(store(), std::to_string(i));
      EXPECT_TRUE(!got || *got == content(i)) << i;
      served += got.has_value();
    }
    return served;
  }
  // It takes writes, and has read what was left of an index it had to set aside.
  bool has_recovered() {
    const auto files = testing::files_below(options_.dir);
    return put_entry(store(), "new", "new content") && store().flush() &&
           std::ranges::none_of(files,
                                [](const auto& file) { return file.filename() == "to-salvage"; });
  }
};

TEST_F(DamageAnywhere, CostsWhatItHit) {
  kill_after([this] {
    put(0, kEntries / 2);
    ASSERT_TRUE(store().flush());
    put(kEntries / 2, kEntries * 3 / 4);
    ASSERT_TRUE(store().flush());
    put(kEntries * 3 / 4, kEntries);  // only in the write-ahead log
  });
  const auto pristine = dir_ / "pristine";
  fs::rename(options_.dir, pristine);
  std::mt19937_64 random(testing::scale("FABRIK_TEST_SEED", 1));
  int served = 0;
  int possible = 0;
  for (const auto& file : testing::files_below(pristine)) {
    const auto size = fs::file_size(file);
    if (size == 0 || (file.parent_path().filename() != "db" && random() % 4 != 0)) {
      continue;
    }
    fs::copy(pristine, options_.dir, fs::copy_options::recursive);
    const auto offset = random() % size;
    SCOPED_TRACE(file.filename().string() + " at " + std::to_string(offset));
    flip_byte(options_.dir / fs::relative(file, pristine), offset);
    open();
    count_served();
    ASSERT_TRUE(eventually([&] { return has_recovered(); }));
    EXPECT_EQ(get_entry(store(), "new"), "new content");
    served += count_served();
    possible += kEntries;
    close();
    fs::remove_all(options_.dir);
  }
  // Some bytes are dear (the one list of all tables), most are not: two thirds to
  // nine tenths come back, by where the bytes happen to lie.
  EXPECT_GT(served, possible / 2);
}

}  // namespace
}  // namespace fabrik::cache
