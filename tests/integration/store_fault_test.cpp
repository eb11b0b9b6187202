// Every single call to the disk fails once, in turn: the store never serves a
// wrong byte, never ends the process, and works again when the disk does.
#include <map>
#include <set>

#include "tests/support/faulty_io.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

namespace fs = std::filesystem;
using testing::Content;
using testing::DiskFault;
using testing::eventually;
using testing::FaultyDisk;
using testing::put_entry;
using testing::random_bytes;

// What a failing disk may cost: hits. What it may not: a wrong hit.
class Oracle {
 public:
  void attempt(const std::string& name, const Content& content) { written_[name].insert(content); }
  void check(Store& store, const std::string& name) {
    const auto info = store.find(testing::key(name));
    if (!info || !*info) {
      return;
    }
    const auto reader = store.open((*info)->blob.digest, Verify::while_reading);
    if (!reader || !*reader) {
      return;
    }
    if (const auto got = testing::drain(**reader)) {
      EXPECT_TRUE(written_[name].contains(*got)) << name << ": " << got->size() << " wrong bytes";
    }
  }
  void check_all(Store& store) {
    for (const auto& [name, contents] : written_) {
      check(store, name);
    }
  }

 private:
  std::map<std::string, std::set<std::string>> written_;
};

struct Mode {
  std::string name;
  DiskFault fault;
};

class StoreFault : public testing::StoreFixture, public ::testing::WithParamInterface<Mode> {
 protected:
  // Fails are part of the game here, crashes are not.
  std::unique_ptr<Store> try_to_open() {
    auto opened = open_rocks_store(options_, clock_, *log_);
    return opened ? *std::move(opened) : nullptr;
  }
  bool put(Store& store, Oracle& oracle, const std::string& name, std::size_t size, int version) {
    const Content content = random_bytes(size, static_cast<std::uint64_t>(version));
    oracle.attempt(name, content);
    return put_entry(store, name, content).has_value();
  }
  // A day in the life of a store: every kind of call to the disk is in it.
  void live(Oracle& oracle) {
    if (const auto store = try_to_open()) {
      put(*store, oracle, "small", 500, 1);
      put(*store, oracle, "large", 100'000, 2);
      put(*store, oracle, "gone", 70'000, 3);
      oracle.check_all(*store);
      (void)store->flush();
      put(*store, oracle, "small", 600, 4);
      put(*store, oracle, "large", 90'000, 5);
      (void)store->erase(testing::key("gone"));
      (void)store->list(nullptr, 10);
      oracle.check_all(*store);
    }
    if (const auto store = try_to_open()) {
      oracle.check_all(*store);
      put(*store, oracle, "late", 200, 6);
      (void)store->clear();
      put(*store, oracle, "later", 66'000, 7);
      oracle.check_all(*store);
    }
  }
  // False: the fault lay beyond the last call.
  bool survives(std::uint64_t nth) {
    SCOPED_TRACE("call " + std::to_string(nth));
    options_.dir = memory_ / "store";
    fs::remove_all(options_.dir);
    Oracle oracle;
    DiskFault fault = GetParam().fault;
    fault.nth = nth;
    bool struck = false;
    {
      const FaultyDisk disk(options_.dir, fault);
      live(oracle);
      struck = disk.struck();
    }
    for (int start = 0; start < 2; ++start) {
      const auto store = try_to_open();
      EXPECT_TRUE(store) << "does not open although the disk works again";
      if (!store) {
        break;
      }
      oracle.check_all(*store);
      EXPECT_TRUE(eventually([&] { return put(*store, oracle, "after", 80'000, 8); }));
      EXPECT_EQ(testing::get_entry(*store, "after"), random_bytes(80'000, 8));
    }
    return struck;
  }

  testing::TempDir memory_{testing::TempDir::in_memory()};  // three times as fast
};

TEST_P(StoreFault, AtAnyCallCostsHitsAtMost) {
  // Every call is too much for every build: a nightly run sets the step to 1.
  const int step = testing::scale("FABRIK_TEST_FAULT_STEP", 17);
  std::uint64_t nth = 1 + static_cast<std::uint64_t>(testing::scale("FABRIK_TEST_SEED", 0) % step);
  while (survives(nth) && !HasFailure()) {
    nth += static_cast<std::uint64_t>(step);
  }
  EXPECT_GT(nth, 20U) << "the disk was hardly used: the fault injection does not work";
  RecordProperty("calls", static_cast<int>(nth));
}

INSTANTIATE_TEST_SUITE_P(
    Disk, StoreFault,
    ::testing::Values(
        Mode{"WritesOnce", {.calls = DiskFault::Calls::writes}},
        Mode{"WritesTornForGood",
             {.calls = DiskFault::Calls::writes, .lasting = true, .torn = true}},
        Mode{"NoSpace", {.calls = DiskFault::Calls::writes, .lasting = true, .error = ENOSPC}},
        Mode{"ReadOnly", {.calls = DiskFault::Calls::writes, .lasting = true, .error = EROFS}},
        Mode{"ReadsOnce", {.calls = DiskFault::Calls::reads}},
        Mode{"ReadsForGood", {.calls = DiskFault::Calls::reads, .lasting = true}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace fabrik::cache
