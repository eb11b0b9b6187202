// What every cache::Store promises. A test binary instantiates the suite for
// its store:
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, ::testing::Values(factory));
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "cache/store.hpp"
#include "tests/support/blobs.hpp"

namespace fabrik::testing {

// A store of kContractBudget and whatever it needs to live.
class StoreHolder {
 public:
  virtual ~StoreHolder() = default;
  virtual cache::Store& store() = 0;
};

class StoreContract
    : public ::testing::TestWithParam<std::function<std::unique_ptr<StoreHolder>()>> {
 protected:
  cache::Store& store() { return holder_->store(); }

 private:
  std::unique_ptr<StoreHolder> holder_ = GetParam()();
};

// 64 MiB of content, and the records of some of it.
inline constexpr std::uint64_t kContractBudget = (std::uint64_t{64} << 20) + 32 * 1024;

TEST_P(StoreContract, GivesBackWhatWasPutAtEverySize) {
  std::uint64_t total = 0;
  for (const std::size_t size :
       {0UL, 1UL, 65'535UL, 65'536UL, 65'537UL, 262'144UL, 262'145UL, 5'242'880UL}) {
    const Content content = random_bytes(size, size);
    const auto ref = put_blob(store(), content);
    ASSERT_TRUE(ref) << ref.error().message;
    EXPECT_EQ(ref->size, size);
    EXPECT_EQ(ref->digest, sha256(as_bytes(content)));
    EXPECT_EQ(get_blob(store(), ref->digest), content) << size;
    EXPECT_EQ(get_blob(store(), ref->digest, cache::Verify::whole_first), content) << size;
    total += size;
  }
  EXPECT_EQ(store().stats().bytes, total);
  EXPECT_EQ(store().stats().blobs, 8U);
}

TEST_P(StoreContract, StoresTheSameContentOnce) {
  for (const std::size_t size : {1000UL, 300'000UL}) {
    const Content content = random_bytes(size, 1);
    const auto before = store().stats().bytes;
    ASSERT_TRUE(put_entry(store(), "a" + std::to_string(size), content));
    ASSERT_TRUE(put_entry(store(), "b" + std::to_string(size), content));
    EXPECT_EQ(store().stats().bytes - before, size);
    EXPECT_EQ(get_entry(store(), "b" + std::to_string(size)), content);
  }
  EXPECT_EQ(store().stats().blobs, 2U);
  EXPECT_EQ(store().stats().entries, 4U);
}

TEST_P(StoreContract, KeepsNothingOfAnAbandonedUpload) {
  for (const std::size_t size : {1000UL, 300'000UL}) {
    const Content content = random_bytes(size, 2);
    {
      const auto writer = store().create(size);
      ASSERT_TRUE(writer);
      ASSERT_TRUE((*writer)->append(as_bytes(content)));
    }
    EXPECT_EQ(get_blob(store(), sha256(as_bytes(content))), std::nullopt);
  }
  EXPECT_EQ(store().stats().blobs, 0U);
  EXPECT_EQ(store().stats().bytes, 0U);
}

TEST_P(StoreContract, RefusesBytesThatAreNotTheOnesAnnounced) {
  const Digest announced = sha256(as_bytes("something else"));
  for (const std::size_t size : {1000UL, 300'000UL}) {
    const Content content = random_bytes(size, 3);
    const auto writer = store().create(0);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(as_bytes(content)));
    const auto committed = (*writer)->commit(&announced);
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, Errc::digest_mismatch);
  }
  EXPECT_EQ(store().stats().blobs, 0U);
}

TEST_P(StoreContract, RefusesBlobsLargerThanTheWholeCache) {
  const auto hinted = store().create(kContractBudget + 1);
  ASSERT_FALSE(hinted);
  EXPECT_EQ(hinted.error().code, Errc::too_large);
  const auto writer = store().create(0);
  ASSERT_TRUE(writer);
  const std::string piece(1 << 20, 'x');
  Result<void> appended;
  for (int i = 0; i < 65 && appended; ++i) {
    appended = (*writer)->append(as_bytes(piece));
  }
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Errc::too_large);
  EXPECT_FALSE((*writer)->commit());
}

TEST_P(StoreContract, ReplacesAnEntry) {
  ASSERT_EQ(*put_entry(store(), "k", "one"), cache::PutOutcome::stored);
  ASSERT_EQ(*put_entry(store(), "k", "two"), cache::PutOutcome::stored);
  EXPECT_EQ(get_entry(store(), "k"), "two");
  EXPECT_EQ(store().stats().entries, 1U);
}

TEST_P(StoreContract, KeepsTheFirstEntryWhenAsked) {
  ASSERT_EQ(*put_entry(store(), "k", "one", cache::IfExists::keep), cache::PutOutcome::stored);
  ASSERT_EQ(*put_entry(store(), "k", "two", cache::IfExists::keep), cache::PutOutcome::existed);
  EXPECT_EQ(get_entry(store(), "k"), "one");
}

TEST_P(StoreContract, GivesBackWhatTheWriterSaid) {
  const auto blob = put_blob(store(), "content");
  ASSERT_TRUE(blob);
  const cache::EntryMeta meta{.writer = "uid 1000",
                              .headers = {{"x-artifact-tag", "a=b\xff"}, {"content-type", ""}}};
  ASSERT_TRUE(store().put(key("k"), *blob, meta, cache::IfExists::replace));
  const auto info = store().find(key("k"));
  ASSERT_TRUE(info && *info);
  EXPECT_EQ((*info)->blob, *blob);
  EXPECT_EQ((*info)->meta.writer, meta.writer);
  EXPECT_EQ((*info)->meta.headers, meta.headers);
}

TEST_P(StoreContract, TellsEntriesOfDifferentSpacesAndNamespacesApart) {
  const cache::EntryKey keys[] = {{cache::Space::gradle, "", "k"},
                                  {cache::Space::nx, "", "k"},
                                  {cache::Space::turborepo, "team", "k"},
                                  {cache::Space::turborepo, "tea", "mk"}};
  for (const auto& name : keys) {
    const auto blob = put_blob(store(), name.ns + std::string(cache::name(name.space)));
    ASSERT_TRUE(blob);
    ASSERT_TRUE(store().put(name, *blob, {}, cache::IfExists::keep));
  }
  EXPECT_EQ(store().stats().entries, 4U);
  for (const auto& name : keys) {
    const auto info = store().find(name);
    ASSERT_TRUE(info && *info);
    EXPECT_EQ(get_blob(store(), (*info)->blob.digest),
              name.ns + std::string(cache::name(name.space)));
  }
}

TEST_P(StoreContract, WantsTheBlobBeforeTheEntry) {
  const cache::BlobRef absent{.digest = sha256(as_bytes("absent")), .size = 6};
  const auto put = store().put(key("k"), absent, {}, cache::IfExists::replace);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Errc::not_found);
  EXPECT_EQ(get_entry(store(), "k"), std::nullopt);
}

TEST_P(StoreContract, MissesWhatIsNotThere) {
  EXPECT_EQ(get_entry(store(), "nothing"), std::nullopt);
  EXPECT_EQ(get_blob(store(), sha256(as_bytes("nothing"))), std::nullopt);
  EXPECT_FALSE(*store().erase(key("nothing")));
  EXPECT_FALSE(*store().erase(sha256(as_bytes("nothing"))));
  const cache::BlobRef nothing{.digest = sha256(as_bytes("nothing")), .size = 7};
  EXPECT_EQ(*store().lease({&nothing, 1}), std::vector{nothing});
}

TEST_P(StoreContract, ReadsFromAnyOffset) {
  for (const std::size_t size : {std::size_t{1000}, 2 * kChunkSize, 2 * kChunkSize + 7}) {
    const Content content = random_bytes(size, static_cast<int>(size));
    const auto ref = put_blob(store(), content);
    ASSERT_TRUE(ref);
    for (const std::size_t offset : {std::size_t{0}, size / 2, size - 1, size}) {
      const auto reader = store().open(ref->digest, cache::Verify::while_reading);
      ASSERT_TRUE(reader && *reader);
      ASSERT_TRUE((*reader)->seek(offset));
      EXPECT_EQ(*drain(**reader), Content(content.substr(offset))) << size << " from " << offset;
    }
    const auto reader = store().open(ref->digest, cache::Verify::while_reading);
    EXPECT_EQ((*reader)->seek(size + 1).error().code, Errc::invalid_argument);
  }
}

TEST_P(StoreContract, ABlobOfAnotherSizeIsMissing) {
  auto ref = put_blob(store(), "small");
  ASSERT_TRUE(ref);
  ++ref->size;
  EXPECT_EQ(*store().lease({&*ref, 1}), std::vector{*ref});
}

TEST_P(StoreContract, TellsWhichBlobsAreMissing) {
  const auto small = put_blob(store(), "small");
  const auto large = put_blob(store(), random_bytes(100'000, 4));
  ASSERT_TRUE(small && large);
  const Digest absent = sha256(as_bytes("absent"));
  const std::vector asked{small->digest, absent, large->digest};
  EXPECT_EQ(*store().missing(asked), std::vector{absent});
}

TEST_P(StoreContract, AnswersForManyBlobsAtOnce) {
  constexpr int kBlobs = 1500;
  std::vector<cache::BlobRef> asked;
  std::vector<Digest> digests;
  std::vector<cache::BlobRef> absent;
  std::vector<Digest> absent_digests;
  for (int i = 0; i < kBlobs; ++i) {
    const std::string content = "content " + std::to_string(i);
    cache::BlobRef blob{.digest = sha256(as_bytes(content)), .size = content.size()};
    if (i % 3 == 0) {
      absent.push_back(blob);
      absent_digests.push_back(blob.digest);
    } else {
      ASSERT_TRUE(put_blob(store(), content));
    }
    asked.push_back(blob);
    digests.push_back(blob.digest);
  }
  EXPECT_EQ(*store().missing(digests), absent_digests);
  EXPECT_EQ(*store().lease(asked), absent);
  EXPECT_EQ(*store().lease(asked), absent) << "renewed";
  EXPECT_TRUE(store().lease({})->empty());
}

TEST_P(StoreContract, TellsForManyKeysAtOnceWhetherTheyAreThere) {
  const auto blob = put_blob(store(), "bytes");
  ASSERT_TRUE(blob);
  const cache::EntryKey here{cache::Space::cas, "one", blob->digest.hex()};
  const cache::EntryKey elsewhere{cache::Space::cas, "two", blob->digest.hex()};
  ASSERT_TRUE(store().put(here, *blob, {}, cache::IfExists::replace));
  const std::vector<cache::EntryKey> keys{elsewhere, here, elsewhere, here};
  const auto found = store().contains(keys);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<bool>{false, true, false, true}));
  ASSERT_TRUE(*store().erase(blob->digest));
  const auto after = store().contains(keys);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, std::vector<bool>(4));
}

TEST_P(StoreContract, ErasesABlobWithItsEntries) {
  for (const std::size_t size : {10UL, 100'000UL}) {
    const Content content = random_bytes(size, 5);
    for (int i = 0; i < 100; ++i) {  // more than fit into one step
      ASSERT_TRUE(put_entry(store(), "k" + std::to_string(i), content));
    }
    ASSERT_TRUE(put_entry(store(), "other", "other"));
    ASSERT_TRUE(*store().erase(sha256(as_bytes(content))));
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(get_entry(store(), "k" + std::to_string(i)), std::nullopt);
    }
    EXPECT_EQ(get_entry(store(), "other"), "other");
    EXPECT_EQ(store().stats().entries, 1U);
    EXPECT_EQ(store().stats().bytes, 5U);
  }
}

TEST_P(StoreContract, ErasesAnEntryAndKeepsTheBlobForOthers) {
  ASSERT_TRUE(put_entry(store(), "a", "shared"));
  ASSERT_TRUE(put_entry(store(), "b", "shared"));
  EXPECT_TRUE(*store().erase(key("a")));
  EXPECT_EQ(get_entry(store(), "a"), std::nullopt);
  EXPECT_EQ(get_entry(store(), "b"), "shared");
  EXPECT_EQ(store().stats().entries, 1U);
}

TEST_P(StoreContract, ReadersOutliveWhatTheyRead) {
  for (const std::size_t size : {1000UL, 1'000'000UL}) {
    const Content content = random_bytes(size, 6);
    const auto ref = put_blob(store(), content);
    ASSERT_TRUE(ref);
    const auto reader = store().open(ref->digest, cache::Verify::while_reading);
    ASSERT_TRUE(reader && *reader);
    ASSERT_TRUE(*store().erase(ref->digest));
    EXPECT_EQ(*drain(**reader), content);
    EXPECT_EQ(get_blob(store(), ref->digest), std::nullopt);
  }
}

TEST_P(StoreContract, ListsInKeyOrderPageByPage) {
  for (int i = 0; i < 25; ++i) {
    ASSERT_TRUE(put_entry(store(), "k" + std::to_string(100 + i), "content " + std::to_string(i)));
  }
  std::vector<std::string> seen;
  std::optional<cache::EntryKey> from;
  do {
    const auto page = store().list(from ? &*from : nullptr, 10);
    ASSERT_TRUE(page);
    ASSERT_LE(page->entries.size(), 10U);
    for (const auto& [name, info] : page->entries) {
      seen.push_back(name.key);
    }
    from = page->next;
  } while (from);
  ASSERT_EQ(seen.size(), 25U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST_P(StoreContract, ClearsEverything) {
  ASSERT_TRUE(put_entry(store(), "small", "small"));
  const Content large = random_bytes(500'000, 7);
  ASSERT_TRUE(put_entry(store(), "large", large));
  const auto reader = store().open(sha256(as_bytes(large)), cache::Verify::while_reading);
  ASSERT_TRUE(store().clear());
  EXPECT_EQ(*drain(**reader), large);
  EXPECT_EQ(get_entry(store(), "small"), std::nullopt);
  EXPECT_EQ(get_entry(store(), "large"), std::nullopt);
  EXPECT_EQ(store().stats().bytes, 0U);
  EXPECT_EQ(store().stats().entries, 0U);
  ASSERT_TRUE(put_entry(store(), "large", large));
  EXPECT_EQ(get_entry(store(), "large"), large);
}

TEST_P(StoreContract, EvictsTheLeastRecentlyUsedFirst) {
  const auto content = [](int i) { return random_bytes(8 << 20, 100 + i); };
  for (int i = 0; i < 8; ++i) {  // exactly full
    ASSERT_TRUE(put_entry(store(), std::to_string(i), content(i)));
  }
  ASSERT_EQ(store().stats().evicted_blobs, 0U);
  ASSERT_TRUE(get_entry(store(), "0"));  // now the latest
  ASSERT_TRUE(put_entry(store(), "8", content(8)));
  EXPECT_EQ(get_entry(store(), "1"), std::nullopt);
  EXPECT_EQ(get_entry(store(), "0"), content(0));
  EXPECT_EQ(get_entry(store(), "7"), content(7));
  EXPECT_EQ(get_entry(store(), "8"), content(8));
  EXPECT_LE(store().stats().bytes, kContractBudget);
}

TEST_P(StoreContract, NeverEvictsWhatIsLeased) {
  std::vector<Digest> leased;
  for (int i = 0; i < 8; ++i) {
    const auto ref = put_blob(store(), random_bytes(8 << 20, 200 + i));
    ASSERT_TRUE(ref);
    ASSERT_TRUE(store().lease({&*ref, 1})->empty());
    leased.push_back(ref->digest);
  }
  const auto refused = put_blob(store(), random_bytes(64 * 1024, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::no_space);
  EXPECT_TRUE(store().missing(leased)->empty());
}

TEST_P(StoreContract, NamesAloneCannotFillTheDiskForEver) {
  const auto blob = put_blob(store(), "");
  ASSERT_TRUE(blob);
  ASSERT_TRUE(store().lease({&*blob, 1})->empty());
  const Content filler = random_bytes(64 << 20, 1);
  ASSERT_TRUE(put_entry(store(), "filler", filler, cache::IfExists::replace));
  constexpr int kNames = 200;  // more than the budget has room for beside the filler
  for (int i = 0; i < kNames; ++i) {
    ASSERT_TRUE(store().put(key("k" + std::to_string(i)), *blob, {}, cache::IfExists::replace));
  }
  EXPECT_EQ(get_entry(store(), "filler"), std::nullopt);
  EXPECT_EQ(store().stats().entries, kNames);
}

TEST_P(StoreContract, ConcurrentWritersOfOneKeyAgreeOnTheFirst) {
  constexpr int kWriters = 8;
  for (int round = 0; round < 20; ++round) {
    const std::string name = "k" + std::to_string(round);
    std::atomic<int> stored{0};
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        const auto outcome =
            put_entry(store(), name, name + " by " + std::to_string(i), cache::IfExists::keep);
        ASSERT_TRUE(outcome) << outcome.error().message;
        if (*outcome == cache::PutOutcome::stored) {
          ++stored;
          EXPECT_EQ(get_entry(store(), name), name + " by " + std::to_string(i));
        }
      });
    }
    writers.clear();
    EXPECT_EQ(stored, 1);
  }
  EXPECT_EQ(store().stats().entries, 20U);
}

TEST_P(StoreContract, ConcurrentPutsErasesAndReadsLeaveTheTotalsRight) {
  std::vector<std::jthread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&, worker] {
      std::mt19937 random(worker);
      for (int i = 0; i < 150; ++i) {
        const std::string name = "k" + std::to_string(random() % 5);
        const Content content = random_bytes(random() % 2 == 0 ? 100 : 70'000, random() % 5);
        switch (random() % 4) {
          case 0:
            EXPECT_TRUE(store().erase(sha256(as_bytes(content))));
            break;
          case 1:
            (void)get_entry(store(), name);
            break;
          default:
            // not_found: erased by another between blob and entry.
            (void)put_entry(store(), name, content);
        }
      }
    });
  }
  workers.clear();
  const auto page = store().list(nullptr, 100);
  ASSERT_TRUE(page);
  EXPECT_EQ(store().stats().entries, page->entries.size());
  std::uint64_t bytes = 0;
  std::uint64_t blobs = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (const std::size_t size : {100UL, 70'000UL}) {
      if (get_blob(store(), sha256(as_bytes(random_bytes(size, seed))))) {
        bytes += size;
        ++blobs;
      }
    }
  }
  EXPECT_EQ(store().stats().bytes, bytes);
  EXPECT_EQ(store().stats().blobs, blobs);
}

}  // namespace fabrik::testing
