// Many threads on one key: every read fits an order in which the operations could
// have happened one after another.
#include <array>
#include <atomic>
#include <random>

#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

using testing::Content;
using testing::get_entry;
using testing::put_entry;
using testing::random_bytes;

class StoreHistory : public testing::StoreFixture {};

// Small ones live in the index, large ones are files.
Content version(int number) {
  std::string content = "version " + std::to_string(number) + ' ';
  content.append(number % 3 == 0 ? 70'000 : 200, static_cast<char>('a' + number % 26));
  return content;
}
int number_of(const Content& content) {
  return std::atoi(content.c_str() + sizeof("version ") - 1);
}

enum class Step { put, erase, clear };
Step step(int number) {
  return number % 5 == 4 ? Step::erase : number % 17 == 16 ? Step::clear : Step::put;
}

// One writer does steps 1, 2, 3 ... on the key. A reader that begins after step
// `done` and ends before step `begun + 1` must see the outcome of one of them.
struct Register {
  std::atomic<int> begun{0};
  std::atomic<int> done{0};
};

void read_until(const std::atomic<bool>& stop, Store& store, const Register& state,
                std::atomic<int>& hits) {
  int last = 0;
  while (!stop.load()) {
    const int from = std::max(last, state.done.load());
    const auto got = get_entry(store, "k");
    const int to = state.begun.load();
    if (got) {
      const int seen = number_of(*got);
      EXPECT_EQ(*got, version(seen));
      EXPECT_LE(from, seen) << "an older version than one that was already there";
      EXPECT_LE(seen, to);
      EXPECT_EQ(step(seen), Step::put);
      last = seen;
      ++hits;
      continue;
    }
    bool may_miss = from == 0;
    for (int i = from; i <= to && !may_miss; ++i) {
      // Replacing removes the old blob: who had found it finds it gone.
      may_miss = step(i) != Step::put || i > from;
    }
    EXPECT_TRUE(may_miss) << "a miss although version " << from << " was there all the time";
  }
}

TEST_F(StoreHistory, ReadsRacingWithPutDeleteAndClearAreLinearizable) {
  open();
  Register state;
  std::atomic<bool> stop{false};
  std::atomic<int> hits{0};
  const int steps = testing::scale("FABRIK_TEST_HISTORY_STEPS", 300);
  {
    std::jthread writer([&] {
      for (int i = 1; i <= steps; ++i) {
        state.begun = i;
        switch (step(i)) {
          case Step::put:
            EXPECT_TRUE(put_entry(store(), "k", version(i)));
            break;
          case Step::erase:
            EXPECT_TRUE(store().erase(testing::key("k")));
            break;
          case Step::clear:
            EXPECT_TRUE(store().clear());
            break;
        }
        state.done = i;
      }
      stop = true;
    });
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) {
      readers.emplace_back([&] { read_until(stop, store(), state, hits); });
    }
  }
  EXPECT_GT(hits.load(), 0);
}

TEST_F(StoreHistory, ManyWritersOfOneKeyLeaveOneCompleteVersion) {
  open();
  constexpr int kWriters = 64;
  const int keys = testing::scale("FABRIK_TEST_KEYS", 8);
  for (const auto if_exists : {IfExists::replace, IfExists::keep}) {
    for (int k = 0; k < keys; ++k) {
      const std::string name =
          std::to_string(static_cast<int>(if_exists)) + "-" + std::to_string(k);
      std::atomic<int> stored{0};
      std::array<std::atomic<bool>, kWriters> kept{};
      {
        std::vector<std::jthread> writers;
        for (int i = 0; i < kWriters; ++i) {
          writers.emplace_back([&, i] {
            const auto outcome = put_entry(store(), name, version(i), if_exists);
            ASSERT_TRUE(outcome);
            kept[static_cast<std::size_t>(i)] = *outcome == PutOutcome::stored;
            stored += *outcome == PutOutcome::stored;
          });
        }
      }
      const auto winner = get_entry(store(), name);
      ASSERT_TRUE(winner) << name;
      EXPECT_EQ(*winner, version(number_of(*winner)));
      EXPECT_TRUE(kept[static_cast<std::size_t>(number_of(*winner))]) << "who lost is served";
      EXPECT_EQ(get_entry(store(), name), *winner) << "all readers agree";
      EXPECT_EQ(stored.load(), if_exists == IfExists::keep ? 1 : kWriters);
    }
  }
}

}  // namespace
}  // namespace fabrik::cache
