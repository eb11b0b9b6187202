// Every adapter over the real store: damage on disk is never served as a whole
// body, and the next upload heals it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "adapters/adapters.hpp"
#include "cache/local_cache.hpp"
#include "cache/local_content.hpp"
#include "cache/rocks_store.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::get;
using testing::put;
using testing::served;

struct Protocol {
  const char* name;
  const char* path;
  bool verifies_first;  // answers only after the whole body was checked
};
void PrintTo(const Protocol& protocol, std::ostream* out) {
  *out << protocol.name;
}

constexpr Protocol kProtocols[] = {
    {"gradle", "/cache/0123456789abcdef0123456789abcdef", false},
    {"nx", "/v1/cache/12345678901234567890", true},
    {"turborepo", "/v8/artifacts/0123456789abcdef?slug=x", false},
    {"ccache", "/ccache/ab/cdefghijklmnopqrstuv0123456789", false},
    {"rush", "/rush/0123456789abcdef0123456789abcdef01234567", true},
    {"sccache", "/s3/bucket/0/1/2/0123456789abcdef", false},
};

class AdapterIntegrity : public ::testing::TestWithParam<Protocol> {
 protected:
  AdapterIntegrity() { start(); }

  void start() {
    auto store = cache::open_rocks_store(
        {.dir = dir_.path() / "store", .min_free_bytes = 0, .owner = "test"}, clock_, *log_);
    ASSERT_TRUE(store.has_value()) << store.error().message;
    store_ = *std::move(store);
    cache_ = std::make_unique<cache::LocalCache>(*store_, pool_, counters_);
    content_ = std::make_unique<cache::LocalContent>(*store_, pool_, counters_);
    tools_.enabled = {GetParam().name};
    adapter_ = std::move(make_adapters({.cache = *cache_,
                                        .content = *content_,
                                        .log = *log_,
                                        .tools = tools_,
                                        .clock = clock_,
                                        .mismatches = mismatches_})
                             .front());
  }
  void restart() {
    adapter_.reset();
    content_.reset();
    cache_.reset();
    store_.reset();
    start();
  }
  // Turns one bit of the only blob file. `silently`: as a decaying disk does it,
  // without a new modification time.
  void damage(std::streamoff offset, bool silently) {
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(dir_.path() / "store" / "blobs")) {
      if (file.is_regular_file()) {
        struct stat before{};
        ASSERT_EQ(::stat(file.path().c_str(), &before), 0);
        std::fstream bytes(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekg(offset);
        const char old = static_cast<char>(bytes.get());
        bytes.seekp(offset);
        bytes.put(static_cast<char>(old ^ 1));
        bytes.close();
        // To the nanosecond: std::filesystem's clock rounds on some versions.
        std::array<timespec, 2> times = {before.st_atim, before.st_mtim};
        times[1].tv_sec += silently ? 0 : 1;
        ASSERT_EQ(::utimensat(AT_FDCWD, file.path().c_str(), times.data(), 0), 0);
        ++damaged_;
      }
    }
    ASSERT_EQ(damaged_, 1);
  }
  FakeExchange fetched() { return served(*adapter_, get(GetParam().path)); }
  FakeExchange stored() {
    return served(*adapter_, put(GetParam().path, body_).with_piece_size(kChunkSize));
  }
  void expect_healed_by_next_upload() {
    EXPECT_EQ(fetched().status(), 404U);
    EXPECT_LT(stored().status(), 300U);
    EXPECT_TRUE(fetched().sent() == body_);
  }

  testing::TempDir dir_;
  testing::FakeClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  cache::CacheCounters counters_;
  std::unique_ptr<cache::Store> store_;
  net::BlockingPool pool_{2};
  std::unique_ptr<cache::LocalCache> cache_;
  std::unique_ptr<cache::LocalContent> content_;
  config::BuildToolsConfig tools_;
  MismatchCounters mismatches_;
  std::unique_ptr<net::HttpAdapter> adapter_;
  std::string body_ = std::string(3 * kChunkSize + 1000, 'b');
  int damaged_ = 0;
};

TEST_P(AdapterIntegrity, ServesTheBytesOfEverySizeAfterARestart) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{64 * 1024},
                                 std::size_t{64 * 1024 + 1}, kChunkSize, 3 * kChunkSize + 1000}) {
    ASSERT_TRUE(store_->clear().has_value());
    body_ = std::string(size, 'b');
    EXPECT_LT(stored().status(), 300U);
    EXPECT_TRUE(fetched().sent() == body_);
    restart();
    const FakeExchange hit = fetched();
    EXPECT_EQ(hit.status(), 200U);
    EXPECT_TRUE(hit.sent() == body_) << size;
  }
}

TEST_P(AdapterIntegrity, DamageAtTheStartIsAMissAndHeals) {
  stored();
  damage(10, true);
  EXPECT_EQ(fetched().status(), 404U);
  expect_healed_by_next_upload();
}

TEST_P(AdapterIntegrity, DamageAnywhereIsAMissAfterARestart) {
  stored();
  damage(static_cast<std::streamoff>(body_.size()) - 1, true);
  restart();
  EXPECT_EQ(fetched().status(), 404U);
  expect_healed_by_next_upload();
}

TEST_P(AdapterIntegrity, DamageThatLeftATraceIsAMissAtOnce) {
  stored();
  damage(2 * kChunkSize + 5, false);
  expect_healed_by_next_upload();
}

TEST_P(AdapterIntegrity, LaterDamageCutsTheBodyOrIsAMiss) {
  stored();
  damage(2 * kChunkSize + 5, true);
  const FakeExchange answer = fetched();
  if (GetParam().verifies_first) {
    EXPECT_EQ(answer.status(), 404U);
  } else {
    EXPECT_TRUE(answer.broken());
    EXPECT_TRUE(answer.sent() == body_.substr(0, 2 * kChunkSize));
  }
  expect_healed_by_next_upload();
}

INSTANTIATE_TEST_SUITE_P(All, AdapterIntegrity, ::testing::ValuesIn(kProtocols),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace fabrik::adapters
