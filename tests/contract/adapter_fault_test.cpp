// Every single operation of the store fails once, in turn, below every adapter: no
// build breaks, no byte is wrong, and the next request is served as ever.
#include <gtest/gtest.h>

#include <ostream>

#include "adapters/adapters.hpp"
#include "cache/local_cache.hpp"
#include "cache/local_content.hpp"
#include "cache/memory_store.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/store_doubles.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::get;
using testing::head;
using testing::put;
using testing::served;

struct Protocol {
  const char* name;
  const char* path;
};
void PrintTo(const Protocol& protocol, std::ostream* out) {
  *out << protocol.name;
}

constexpr Protocol kProtocols[] = {
    {"gradle", "/cache/0123456789abcdef0123456789abcdef"},
    {"nx", "/v1/cache/12345678901234567890"},
    {"turborepo", "/v8/artifacts/0123456789abcdef?slug=x"},
    {"ccache", "/ccache/ab/cdefghijklmnopqrstuv0123456789"},
    {"bazel", "/x/ac/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {"maven", "/maven/v1/org.example/app/0123456789abcdef/app.jar"},
    {"rush", "/rush/0123456789abcdef0123456789abcdef01234567"},
    {"sccache", "/s3/bucket/0/1/2/0123456789abcdef"},
};

class AdapterFault : public ::testing::TestWithParam<Protocol> {
 protected:
  // Everything a request meets below its adapter.
  struct World {
    explicit World(const char* tool) {
      tools.enabled = {tool};
      adapter = std::move(make_adapters({.cache = cache,
                                         .content = content,
                                         .log = *log,
                                         .tools = tools,
                                         .clock = clock,
                                         .mismatches = mismatches})
                              .front());
    }
    testing::FakeClock clock;
    std::unique_ptr<Log> log = null_log();
    cache::CacheCounters counters;
    cache::MemoryStore memory{64 << 20, clock};
    testing::FaultyStore store{memory};
    net::BlockingPool pool{1};
    cache::LocalCache cache{store, pool, counters};
    cache::LocalContent content{store, pool, counters};
    config::BuildToolsConfig tools;
    MismatchCounters mismatches;
    std::unique_ptr<net::HttpAdapter> adapter;
  };

  void write(World& world, const std::string& body) {
    const FakeExchange answer =
        served(*world.adapter, put(GetParam().path, body).with_piece_size(kChunkSize));
    EXPECT_TRUE(answer.status() == 200u || answer.status() == 202u || answer.status() == 409u)
        << answer.status();
  }
  // Whether it was a hit; a hit is one of `written`, a cut one a part of it.
  bool read(World& world, const std::vector<std::string>& written) {
    const FakeExchange answer = served(*world.adapter, get(GetParam().path));
    EXPECT_TRUE(answer.status() == 200u || answer.status() == 404u) << answer.status();
    if (answer.status() != 200u) {
      return false;
    }
    bool right = false;
    for (const std::string& body : written) {
      right = right || (answer.broken() ? body.starts_with(answer.sent()) : answer.sent() == body);
    }
    EXPECT_TRUE(right) << answer.sent().size() << " wrong bytes";
    return !answer.broken();
  }
};

TEST_P(AdapterFault, OfAnyOneOperationCostsAMissAtMost) {
  const std::string first(2 * kChunkSize + 1000, 'a');
  const std::string second = "a small one";
  std::int64_t nth = 0;
  bool struck = true;
  for (; struck && !HasFailure(); ++nth) {
    SCOPED_TRACE("operation " + std::to_string(nth));
    World world(GetParam().name);
    world.store.fail_at(nth);
    write(world, first);
    read(world, {first});
    EXPECT_LT(served(*world.adapter, head(GetParam().path)).status(), 500u);
    write(world, second);
    read(world, {first, second});
    struck = world.store.has_failed();

    world.store.fail_at(INT64_MAX);
    write(world, first);
    EXPECT_TRUE(read(world, {first, second})) << "it must work again";
  }
  EXPECT_GT(nth, 8) << "hardly any operation was tried: the injection does not work";
}

INSTANTIATE_TEST_SUITE_P(All, AdapterFault, ::testing::ValuesIn(kProtocols),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace fabrik::adapters
