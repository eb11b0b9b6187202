#include "tests/contract/store_contract.hpp"

#include "base/log.hpp"
#include "cache/memory_store.hpp"
#include "cache/rocks_store.hpp"
#include "tests/support/fake_clock.hpp"
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
  explicit RocksHolder(cache::Durability durability) {
    auto opened = cache::open_rocks_store({.dir = dir_ / "cache",
                                           .max_bytes = kContractBudget,
                                           .durability = durability,
                                           .min_free_bytes = 0,
                                           .owner = "test"},
                                          clock_, *log_);
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

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract,
                         ::testing::Values([] { return std::make_unique<MemoryHolder>(); }));
INSTANTIATE_TEST_SUITE_P(Rocks, StoreContract, ::testing::Values([] {
                           return std::make_unique<RocksHolder>(cache::Durability::fast);
                         }));
INSTANTIATE_TEST_SUITE_P(RocksSync, StoreContract, ::testing::Values([] {
                           return std::make_unique<RocksHolder>(cache::Durability::sync);
                         }));

}  // namespace
}  // namespace fabrik::testing
