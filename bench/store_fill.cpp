// Fills a cache directory with many small entries, for start_bench.py:
//   store_fill DIR ENTRIES
// Every blob differs; one in a hundred is a file.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "cache/rocks_store.hpp"

namespace {

using namespace fabrik;

constexpr std::uint64_t kThreads = 4;

std::size_t size_of(std::uint64_t number) {
  return number % 100 == 0 ? 70'000 : number % 2 == 0 ? 200 : 1000;
}

template <class T>
T value_of(Result<T> result) {
  if (!result) {
    std::cerr << result.error().message << '\n';
    std::exit(1);
  }
  return *std::move(result);
}

void put(cache::Store& store, std::uint64_t number) {
  std::string content(size_of(number), 'x');
  std::memcpy(content.data(), &number, sizeof number);
  const auto writer = value_of(store.create(content.size()));
  if (const auto kept = writer->append(as_bytes(content)); !kept) {
    std::cerr << kept.error().message << '\n';
    std::exit(1);
  }
  const cache::BlobRef blob = value_of(writer->commit());
  std::string name = std::to_string(number);
  name.insert(0, 32 - name.size(), '0');  // as long as the hash that a build tool uses
  value_of(store.put({cache::Space::gradle, "", name}, blob, {}, cache::IfExists::replace));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: store_fill DIR ENTRIES\n";
    return 2;
  }
  const std::uint64_t entries = std::strtoull(argv[2], nullptr, 10);
  const SystemClock clock;
  const auto log = null_log();
  cache::RocksStoreOptions options;
  options.dir = argv[1];
  options.max_bytes = 20'000'000'000;
  const auto store = value_of(cache::open_rocks_store(options, clock, *log));
  std::vector<std::jthread> fillers;
  for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
    fillers.emplace_back([&store, thread, entries] {
      for (std::uint64_t number = thread; number < entries; number += kThreads) {
        put(*store, number);
      }
    });
  }
  fillers.clear();
  return 0;
}
