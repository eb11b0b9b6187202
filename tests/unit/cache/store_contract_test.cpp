#include "tests/contract/store_contract.hpp"

#include "base/log.hpp"
#include "cache/memory_store.hpp"
#include "cache/resilient_store.hpp"
#include "cache/rocks_store.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/store_doubles.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {
namespace {

class MemoryHolder final : public StoreHolder {
 public:
  cache::Store& store() override { return store_; }

 private:
  FakeClock clock_;
  cache::MemoryStore store_{kContractBudget, clock_};
};

class RocksHolder final : public StoreHolder {
 public:
  explicit RocksHolder(cache::Durability durability, bool resilient = false) {
    const auto open = [this, durability] {
      return cache::open_rocks_store({.dir = dir_ / "cache",
                                      .max_bytes = kContractBudget,
                                      .durability = durability,
                                      .min_free_bytes = 0,
                                      .owner = "test"},
                                     clock_, *log_);
    };
    auto opened = resilient ? cache::open_resilient_store(open, *log_) : open();
    EXPECT_TRUE(opened) << opened.error().message;
    store_ = *std::move(opened);
  }
  cache::Store& store() override { return *store_; }

 private:
  TempDir dir_;
  SystemClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  std::unique_ptr<cache::Store> store_;
};

// A double must not change what is behind it.
template <class Double>
class DoubleHolder final : public StoreHolder {
 public:
  cache::Store& store() override { return double_; }

 private:
  MemoryHolder inner_;
  Double double_{inner_.store()};
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract,
                         ::testing::Values([] { return std::make_unique<MemoryHolder>(); }));
INSTANTIATE_TEST_SUITE_P(Rocks, StoreContract, ::testing::Values([] {
                           return std::make_unique<RocksHolder>(cache::Durability::fast);
                         }));
INSTANTIATE_TEST_SUITE_P(RocksSync, StoreContract, ::testing::Values([] {
                           return std::make_unique<RocksHolder>(cache::Durability::sync);
                         }));

INSTANTIATE_TEST_SUITE_P(Resilient, StoreContract, ::testing::Values([] {
                           return std::make_unique<RocksHolder>(cache::Durability::fast, true);
                         }));
INSTANTIATE_TEST_SUITE_P(Counting, StoreContract, ::testing::Values([] {
                           return std::make_unique<DoubleHolder<CountingStore>>();
                         }));
INSTANTIATE_TEST_SUITE_P(Faulty, StoreContract, ::testing::Values([] {
                           return std::make_unique<DoubleHolder<FaultyStore>>();
                         }));

}  // namespace
}  // namespace fabrik::testing
