// The store alone, beside plain SHA-256. Set TMPDIR=/dev/shm to leave the disk out.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

#include "base/digest.hpp"
#include "base/fs.hpp"
#include "bench/store_peers.hpp"
#include "cache/rocks_store.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace fabrik;

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

template <class T>
T value_of(Result<T> result) {
  if (!result) {
    std::cerr << result.error().message << '\n';
    std::exit(1);
  }
  return *std::move(result);
}

// Bytes that differ in every blob, whatever its number.
class Body {
 public:
  explicit Body(std::int64_t size) : bytes_(static_cast<std::size_t>(size), 'x') {}
  Bytes numbered(std::uint64_t number) {
    std::memcpy(bytes_.data(), &number, std::min(bytes_.size(), sizeof number));
    return as_bytes(bytes_);
  }

 private:
  std::string bytes_;
};

class Bench {
 public:
  Bench() { open(); }
  explicit Bench(cache::Durability durability) : durability_(durability) { open(); }

  void open() {
    cache::RocksStoreOptions options;
    options.dir = dir_ / "store";
    options.max_bytes = 4'000'000'000;
    options.durability = durability_;
    store_ = value_of(cache::open_rocks_store(options, clock_, *log_));
  }
  void close() { store_.reset(); }
  cache::Store& store() { return *store_; }

  static cache::EntryKey key(std::uint64_t number) {
    return {cache::Space::gradle, "", std::to_string(number)};
  }
  void put(std::uint64_t number, Bytes bytes) {
    auto writer = value_of(store_->create(bytes.size()));
    for (std::size_t at = 0; at < bytes.size(); at += kChunkSize) {
      const Bytes piece = bytes.subspan(at, std::min(kChunkSize, bytes.size() - at));
      if (!writer->append(piece)) {
        std::exit(1);
      }
    }
    const cache::BlobRef blob = value_of(writer->commit());
    value_of(store_->put(key(number), blob, {}, cache::IfExists::replace));
  }
  void get(std::uint64_t number, cache::Verify verify) {
    const auto found = value_of(store_->find(key(number)));
    const auto reader = value_of(store_->open(found.value().blob.digest, verify));
    for (Bytes piece = value_of(reader->next()); !piece.empty(); piece = value_of(reader->next())) {
      benchmark::DoNotOptimize(piece.data());
    }
  }

 private:
  fabrik::testing::TempDir dir_;
  SystemClock clock_;
  std::unique_ptr<Log> log_ = null_log();
  cache::Durability durability_ = cache::Durability::fast;
  std::unique_ptr<cache::Store> store_;
};

// What this process has handed to the kernel so far, in bytes.
std::uint64_t bytes_written() {
  const std::string io = value_of(read_file("/proc/self/io", 4096));
  const auto at = io.find("wchar: ");
  return at == std::string::npos ? 0 : std::strtoull(io.c_str() + at + 7, nullptr, 10);
}

// Bytes written for each byte stored, the log and what compaction has rewritten
// by then included.
class Amplification {
 public:
  void report(benchmark::State& state, std::int64_t size) const {
    state.counters["written"] = static_cast<double>(bytes_written() - before_) /
                                static_cast<double>(state.iterations() * size);
  }

 private:
  std::uint64_t before_ = bytes_written();
};

void set_bytes(benchmark::State& state, std::int64_t size) {
  state.SetBytesProcessed(state.iterations() * size);
}

void hash(benchmark::State& state) {
  Body body(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(sha256(body.numbered(1)));
  }
  set_bytes(state, state.range(0));
}

void put(benchmark::State& state) {
  Bench bench;
  Body body(state.range(0));
  std::uint64_t number = 0;
  const Amplification amplification;
  for (auto _ : state) {
    bench.put(number, body.numbered(number));
    ++number;
  }
  set_bytes(state, state.range(0));
  amplification.report(state, state.range(0));
}

using MakePeer = std::unique_ptr<bench::Peer> (*)(const std::filesystem::path&);

void put_to(benchmark::State& state, MakePeer make) {
  const fabrik::testing::TempDir dir;
  const auto peer = make(dir / "peer");
  Body body(state.range(0));
  std::uint64_t number = 0;
  const Amplification amplification;
  for (auto _ : state) {
    peer->put(number, body.numbered(number));
    ++number;
  }
  set_bytes(state, state.range(0));
  amplification.report(state, state.range(0));
}

void get_from(benchmark::State& state, MakePeer make) {
  const fabrik::testing::TempDir dir;
  const auto peer = make(dir / "peer");
  Body body(state.range(0));
  const std::uint64_t count = state.range(0) <= kMiB ? 64 : 1;
  for (std::uint64_t number = 0; number < count; ++number) {
    peer->put(number, body.numbered(number));
  }
  std::uint64_t next = 0;
  for (auto _ : state) {
    peer->get(next++ % count);
  }
  set_bytes(state, state.range(0));
}

// Several uploads at once, each waiting for its own acknowledgement.
void put_beside_others(benchmark::State& state, cache::Durability durability) {
  static std::unique_ptr<Bench> bench;
  if (state.thread_index() == 0) {
    bench = std::make_unique<Bench>(durability);
  }
  Body body(state.range(0));
  std::uint64_t number = static_cast<std::uint64_t>(state.thread_index()) << 32;
  for (auto _ : state) {
    bench->put(number, body.numbered(number));
    ++number;
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) {
    bench.reset();
  }
}

void put_same_bytes(benchmark::State& state) {
  Bench bench;
  Body body(state.range(0));
  for (auto _ : state) {
    bench.put(1, body.numbered(1));
  }
  set_bytes(state, state.range(0));
}

void get_as(benchmark::State& state, cache::Verify verify) {
  Bench bench;
  Body body(state.range(0));
  const std::uint64_t count = state.range(0) <= kMiB ? 64 : 1;
  for (std::uint64_t number = 0; number < count; ++number) {
    bench.put(number, body.numbered(number));
  }
  std::uint64_t next = 0;
  for (auto _ : state) {
    bench.get(next++ % count, verify);
  }
  set_bytes(state, state.range(0));
}
void get(benchmark::State& state) {
  get_as(state, cache::Verify::while_reading);
}
void get_verified_first(benchmark::State& state) {
  get_as(state, cache::Verify::whole_first);
}

void find(benchmark::State& state) {
  Bench bench;
  Body body(kKiB);
  const auto count = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t number = 0; number < count; ++number) {
    bench.put(number, body.numbered(number));
  }
  std::uint64_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(value_of(bench.store().find(Bench::key(next++ * 7919 % count))));
  }
}

void find_miss(benchmark::State& state) {
  Bench bench;
  for (auto _ : state) {
    benchmark::DoNotOptimize(value_of(bench.store().find(Bench::key(1))));
  }
}

// Clean stop, then start until the first answer.
void reopen(benchmark::State& state) {
  Bench bench;
  Body body(kKiB);
  for (std::int64_t number = 0; number < state.range(0); ++number) {
    bench.put(static_cast<std::uint64_t>(number),
              body.numbered(static_cast<std::uint64_t>(number)));
  }
  for (auto _ : state) {
    state.PauseTiming();
    bench.close();
    state.ResumeTiming();
    bench.open();
    benchmark::DoNotOptimize(value_of(bench.store().find(Bench::key(0))));
  }
}

// CPU is that of all threads: writing down what was put costs as much as putting.
#define FABRIK_SIZES    \
  ->Arg(kKiB)           \
      ->Arg(4 * kKiB)   \
      ->Arg(16 * kKiB)  \
      ->Arg(32 * kKiB)  \
      ->Arg(64 * kKiB)  \
      ->Arg(256 * kKiB) \
      ->Arg(4 * kMiB)   \
      ->Arg(64 * kMiB)  \
      ->UseRealTime()   \
      ->MeasureProcessCPUTime()
BENCHMARK(hash) FABRIK_SIZES;
BENCHMARK(put) FABRIK_SIZES;
BENCHMARK_CAPTURE(put_to, file_tree, bench::file_tree) FABRIK_SIZES;
BENCHMARK_CAPTURE(put_to, bare_rocksdb, bench::bare_rocksdb) FABRIK_SIZES;
BENCHMARK(put_same_bytes) FABRIK_SIZES;
BENCHMARK(get) FABRIK_SIZES;
BENCHMARK(get_verified_first) FABRIK_SIZES;
BENCHMARK_CAPTURE(get_from, file_tree, bench::file_tree) FABRIK_SIZES;
BENCHMARK_CAPTURE(get_from, bare_rocksdb, bench::bare_rocksdb) FABRIK_SIZES;
#define FABRIK_WRITERS \
  ->Arg(4 * kKiB)->Arg(kMiB)->Threads(1)->Threads(8)->Threads(64)->UseRealTime()
BENCHMARK_CAPTURE(put_beside_others, fast, cache::Durability::fast) FABRIK_WRITERS;
BENCHMARK_CAPTURE(put_beside_others, sync, cache::Durability::sync) FABRIK_WRITERS;
BENCHMARK(find)->Arg(1000)->Arg(100'000);
BENCHMARK(find_miss);
BENCHMARK(reopen)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
