#include "cache/local_cache.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "cache/memory_store.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run_task.hpp"

namespace fabrik::cache {
namespace {

using testing::key;
using testing::random_bytes;

class LocalCacheTest : public ::testing::Test {
 protected:
  template <class T>
  T run(net::Task<T> task) {
    return testing::run_task(std::move(task));
  }

  net::Task<Result<PutOutcome>> put(EntryKey name, std::string content, PutSpec spec = {}) {
    FABRIK_CO_TRY(const auto writer, co_await cache_.create(name, spec));
    for (std::size_t at = 0; at < content.size(); at += 50'000) {
      const Bytes piece = as_bytes(std::string_view(content).substr(at, 50'000));
      FABRIK_CO_CHECK(co_await writer->append(piece));
    }
    EntryMeta meta{.writer = "test", .headers = {}};
    co_return co_await writer->commit(std::move(meta));
  }

  net::Task<Result<std::string>> get(EntryKey name, Verify verify = Verify::while_reading) {
    FABRIK_CO_TRY(const auto reader, co_await cache_.open(name, verify));
    std::string content;
    while (reader) {
      FABRIK_CO_TRY(const Bytes piece, co_await reader->next());
      if (piece.empty()) {
        EXPECT_EQ(reader->size(), content.size());
        co_return content;
      }
      content += as_text(piece);
    }
    co_return fail(Errc::not_found, "miss");
  }

  testing::FakeClock clock_;
  MemoryStore store_{1'000'000, clock_};
  net::BlockingPool pool_{2};
  CacheCounters counters_;
  LocalCache cache_{store_, pool_, counters_};
};

TEST_F(LocalCacheTest, GivesBackSmallAndLargeEntries) {
  for (const std::size_t size : {0UL, 100UL, 65'536UL, 65'537UL, 600'000UL}) {
    const std::string content = random_bytes(size, size);
    const EntryKey name = key(std::to_string(size));
    EXPECT_EQ(*run(put(name, content)), PutOutcome::stored);
    EXPECT_EQ(*run(get(name)), content);
    EXPECT_EQ(*run(get(name, Verify::whole_first)), content);
    const auto info = run(cache_.stat(name));
    ASSERT_TRUE(info && *info);
    EXPECT_EQ((*info)->blob.size, size);
    EXPECT_EQ((*info)->meta.writer, "test");
  }
}

TEST_F(LocalCacheTest, CountsHitsMissesAndWrites) {
  EXPECT_FALSE(run(get(key("absent"))));
  EXPECT_EQ(*run(put(key("a"), "content")), PutOutcome::stored);
  EXPECT_TRUE(run(get(key("a"))));
  EXPECT_EQ(
      counters_.of(Space::gradle),
      (SpaceCounters{.hits = 1, .misses = 1, .puts = 1, .bytes_read = 7, .bytes_written = 7}));
}

TEST_F(LocalCacheTest, AcceptsAndDropsWhatIsTooLarge) {
  PutSpec announced;
  announced.size_hint = 2'000'000;
  EXPECT_EQ(*run(put(key("a"), random_bytes(2'000'000, 1), announced)), PutOutcome::dropped);
  EXPECT_EQ(*run(put(key("b"), random_bytes(2'000'000, 2))), PutOutcome::dropped);
  EXPECT_FALSE(*run(cache_.stat(key("a"))));
  EXPECT_FALSE(*run(cache_.stat(key("b"))));
  EXPECT_EQ(counters_.of(Space::gradle).dropped, 2U);
}

TEST_F(LocalCacheTest, AcceptsAndDropsWhenNothingMayBeEvicted) {
  const auto full = testing::put_blob(store_, random_bytes(999'000, 3));
  ASSERT_TRUE(full && store_.lease({&*full, 1})->empty());
  EXPECT_EQ(*run(put(key("a"), random_bytes(1000, 4))), PutOutcome::dropped);
}

TEST_F(LocalCacheTest, TellsTheSecondWriterThatTheFirstWon) {
  PutSpec keep;
  keep.if_exists = IfExists::keep;
  EXPECT_EQ(*run(put(key("a"), "one", keep)), PutOutcome::stored);
  EXPECT_EQ(*run(put(key("a"), "two", keep)), PutOutcome::existed);
  EXPECT_EQ(*run(get(key("a"))), "one");
}

TEST_F(LocalCacheTest, StoresNothingWithoutCommit) {
  const auto abandon = [this]() -> net::Task<Result<void>> {
    const EntryKey name = key("a");
    FABRIK_CO_TRY(const auto writer, co_await cache_.create(name, PutSpec{}));
    const std::string content = random_bytes(200'000, 4);
    co_return co_await writer->append(as_bytes(content));
  };
  EXPECT_TRUE(run(abandon()));
  EXPECT_FALSE(*run(cache_.stat(key("a"))));
  EXPECT_EQ(store_.stats().blobs, 0U);
}

TEST_F(LocalCacheTest, ErasesEntries) {
  EXPECT_EQ(*run(put(key("a"), "content")), PutOutcome::stored);
  const EntryKey name = key("a");
  EXPECT_TRUE(*run(cache_.erase(name)));
  EXPECT_FALSE(*run(cache_.erase(name)));
  EXPECT_FALSE(run(get(name)));
}

TEST_F(LocalCacheTest, ReturnsFromThePoolToTheCallersThread) {
  const auto where = [this]() -> net::Task<bool> {
    const auto before = std::this_thread::get_id();
    const auto get_id = [] { return std::this_thread::get_id(); };
    const auto inside = co_await net::on_pool(pool_, get_id);
    co_return inside != before&& std::this_thread::get_id() == before;
  };
  EXPECT_TRUE(run(where()));
}

TEST_F(LocalCacheTest, PassesExceptionsOutOfThePool) {
  const auto thrown = [this]() -> net::Task<bool> {
    const auto explode = [] { throw std::runtime_error("boom"); };
    try {
      co_await net::on_pool(pool_, explode);
    } catch (const std::runtime_error& error) {
      co_return std::string_view(error.what()) == "boom";
    }
    co_return false;
  };
  EXPECT_TRUE(run(thrown()));
}

}  // namespace
}  // namespace fabrik::cache
