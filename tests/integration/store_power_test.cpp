// The power goes out, at any moment: what is served afterwards is right, what is
// missing is missing from the end on, and with durability = "sync" nothing that
// was acknowledged is missing at all.
#include <poll.h>
#include <sys/wait.h>

#include <csignal>
#include <random>

#include "tests/support/loop_disk.hpp"
#include "tests/support/store_fixture.hpp"

namespace fabrik::cache {
namespace {

using testing::Content;
using testing::get_entry;
using testing::LoopDisk;
using testing::put_entry;
using testing::random_bytes;

constexpr int kFlushEvery = 10;

bool is_large(int i) {
  return i % 5 == 0;
}
Content content(int i) {
  std::mt19937_64 random(static_cast<std::uint64_t>(i));
  return random_bytes(is_large(i) ? 65'537 + random() % 300'000 : 1 + random() % 20'000,
                      static_cast<std::uint64_t>(i));
}

class PowerLoss : public testing::StoreFixture, public ::testing::WithParamInterface<Durability> {
 protected:
  void SetUp() override {
    disk_.emplace(dir_.path(), 192);
    if (!disk_->works()) {
      std::fprintf(stderr, "WARNING: no power can be cut: %s\n", disk_->problem().c_str());
      GTEST_SKIP() << "SKIPPED: " << disk_->problem();
    }
    options_.dir = disk_->path() / "cache";
    options_.durability = GetParam();
  }
  void TearDown() override { close(); }

  // A process that uploads from `first` on and tells each acknowledged number,
  // until its disk fails.
  pid_t upload(int first, int acks) {
    const pid_t child = fork_for_a_store();
    if (child == 0) {
      open();
      for (int i = first;; ++i) {
        if (i % kFlushEvery == 0) {
          (void)store().flush();
        }
        if (!put_entry(store(), "k" + std::to_string(i), content(i)) ||
            ::write(acks, &i, sizeof i) != sizeof i) {
          ::_exit(0);
        }
      }
    }
    return child;
  }

  // Uploads from `first` until the power is cut; the acknowledged numbers.
  std::vector<int> upload_until_power_cut(int first, int wanted) {
    int pipe[2];
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    const pid_t child = upload(first, pipe[1]);
    ::close(pipe[1]);
    std::vector<int> acknowledged;
    int number = 0;
    while (::read(pipe[0], &number, sizeof number) == sizeof number) {
      acknowledged.push_back(number);
      if (acknowledged.size() == static_cast<std::size_t>(wanted)) {
        // What is acknowledged from now on may come after the cut: not counted.
        disk_->cut_power();
        break;
      }
    }
    ::kill(child, SIGKILL);
    ::close(pipe[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    disk_->power_on();
    EXPECT_TRUE(disk_->works()) << disk_->problem();
    return acknowledged;
  }

  // Every hit is exact. Of the entries that live in the index, those that are
  // missing are the last ones, and none from before the last flush.
  std::size_t check(const std::vector<int>& acknowledged) {
    std::size_t served = 0;
    bool ended = false;
    const int flushed = acknowledged.back() / kFlushEvery * kFlushEvery;
    for (const int i : acknowledged) {
      const auto got = get_entry(store(), "k" + std::to_string(i));
      EXPECT_TRUE(!got || *got == content(i)) << i;
      served += got.has_value() ? 1 : 0;
      if (!is_large(i)) {
        EXPECT_FALSE(ended && got) << i << " survived something acknowledged before it";
        EXPECT_TRUE(got || i >= flushed) << i << " was flushed";
        ended = ended || !got;
      }
    }
    return served;
  }

  std::optional<LoopDisk> disk_;
};

TEST_P(PowerLoss, CostsAtMostTheLastWrites) {
  std::mt19937 random(static_cast<unsigned>(testing::scale("FABRIK_TEST_SEED", 1)));
  int first = 0;
  for (int round = 0; round < testing::scale("FABRIK_TEST_POWER_CUTS", 4); ++round) {
    const auto round_acks = upload_until_power_cut(first, static_cast<int>(random() % 60 + 1));
    ASSERT_FALSE(round_acks.empty());
    first = round_acks.back() + 100;  // what was not acknowledged is never tried again
    kill_after([&] {
      const auto hits = check(round_acks);
      EXPECT_TRUE(put_entry(store(), "after", "after"));
      EXPECT_EQ(get_entry(store(), "after"), "after");
      if (GetParam() == Durability::sync) {
        EXPECT_EQ(hits, round_acks.size());
      }
      std::fprintf(stderr, "%zu of %zu acknowledged entries survived\n", hits, round_acks.size());
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Durability, PowerLoss,
                         ::testing::Values(Durability::fast, Durability::sync),
                         [](const auto& info) {
                           return info.param == Durability::sync ? "Sync" : "Fast";
                         });

}  // namespace
}  // namespace fabrik::cache
