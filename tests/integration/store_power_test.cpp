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

using Disk = LoopDisk::Kind;

class OnALoopDisk : public testing::StoreFixture {
 protected:
  void start(Disk kind) {
    disk_.emplace(dir_.path(), 320, kind);
    if (!disk_->works()) {
      std::fprintf(stderr, "WARNING: no power can be cut: %s\n", disk_->problem().c_str());
      GTEST_SKIP() << "SKIPPED: " << disk_->problem();
    }
    options_.dir = disk_->path() / "cache";
  }
  void TearDown() override { close(); }

  std::optional<LoopDisk> disk_;
};

class PowerLoss : public OnALoopDisk,
                  public ::testing::WithParamInterface<std::tuple<Durability, Disk>> {
 protected:
  void SetUp() override {
    start(std::get<Disk>(GetParam()));
    options_.durability = std::get<Durability>(GetParam());
  }

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
      if (options_.durability == Durability::sync) {
        EXPECT_EQ(hits, round_acks.size());
      }
      std::fprintf(stderr, "%zu of %zu acknowledged entries survived\n", hits, round_acks.size());
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Durability, PowerLoss,
                         ::testing::Combine(::testing::Values(Durability::fast, Durability::sync),
                                            ::testing::Values(Disk::ext4, Disk::xfs)),
                         [](const auto& info) {
                           return std::string(std::get<Durability>(info.param) == Durability::sync
                                                  ? "Sync"
                                                  : "Fast") +
                                  (std::get<Disk>(info.param) == Disk::xfs ? "OnXfs" : "OnExt4");
                         });

class ReadOnlyDisk : public OnALoopDisk {
 protected:
  void SetUp() override { start(Disk::ext4); }
  // Every hit is exact; how many there are.
  int hits(int count) {
    int served = 0;
    for (int i = 0; i < count; ++i) {
      const auto got = get_entry(store(), "k" + std::to_string(i));
      EXPECT_TRUE(!got || *got == content(i)) << i;
      served += got.has_value() ? 1 : 0;
    }
    return served;
  }
};

TEST_F(ReadOnlyDisk, ServesWhatIsThereRefusesTheRestAndRecovers) {
  constexpr int kEntries = 40;
  kill_after([&] {
    for (int i = 0; i < kEntries; ++i) {
      ASSERT_TRUE(put_entry(store(), "k" + std::to_string(i), content(i)));
    }
    ASSERT_TRUE(store().flush());
    disk_->turn_read_only();
    ASSERT_TRUE(disk_->works()) << disk_->problem();
    EXPECT_FALSE(put_entry(store(), "small", "small"));
    EXPECT_FALSE(put_entry(store(), "large", random_bytes(100'000, 1)));
    EXPECT_FALSE(put_entry(store(), "small", "small")) << "and again";
    EXPECT_TRUE(store().stats().read_only);
    EXPECT_NE(store().stats().problem, "");
    EXPECT_GT(hits(kEntries), kEntries / 2);
  });
  disk_->turn_read_only();  // e2fsck is needed here as well
  disk_->power_on();
  ASSERT_TRUE(disk_->works()) << disk_->problem();
  kill_after([&] {
    EXPECT_GE(hits(kEntries), kEntries * 4 / 5) << "what was flushed is there, but for files";
    EXPECT_TRUE(put_entry(store(), "after", "after"));
    EXPECT_EQ(get_entry(store(), "after"), "after");
  });
}

}  // namespace
}  // namespace fabrik::cache
