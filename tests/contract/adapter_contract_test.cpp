// What every adapter promises, whatever its protocol. A new adapter is one more
// line in kProtocols.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "adapters/adapters.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/faulty_cache.hpp"
#include "tests/support/memory_cache.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::get;
using testing::head;
using testing::put;
using testing::served;

struct Protocol {
  const char* name;
  const char* path;   // of a valid key
  const char* other;  // of another one
};
void PrintTo(const Protocol& protocol, std::ostream* out) {
  *out << protocol.name;
}

constexpr Protocol kProtocols[] = {
    {"gradle", "/cache/0123456789abcdef0123456789abcdef", "/fedcba9876543210fedcba9876543210"},
    {"nx", "/v1/cache/12345678901234567890", "/v1/cache/98765432109876543210"},
    {"turborepo", "/v8/artifacts/0123456789abcdef?slug=x", "/v8/artifacts/0123456789abcdef?slug=y"},
    {"ccache", "/ccache/ab/cdefghijklmnopqrstuv0123456789", "/ccache/ab/cd"},
    {"bazel", "/x/ac/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
     "/ac/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {"maven", "/maven/v1/org.example/app/0123456789abcdef/buildinfo.xml",
     "/maven/v1/org.example/app/0123456789abcdef/app.jar"},
    {"rush", "/rush/0123456789abcdef0123456789abcdef01234567", "/rush/0123456789abcdef"},
    {"sccache", "/s3/bucket/0/1/2/0123456789abcdef", "/s3/other/0/1/2/0123456789abcdef"},
};

class AdapterContract : public ::testing::TestWithParam<Protocol> {
 protected:
  std::unique_ptr<net::HttpAdapter> make(cache::CacheApi& cache) {
    return std::move(parts_.make(cache, {GetParam().name}).front());
  }
  std::string path() const { return GetParam().path; }

  testing::MemoryCache cache_;
  testing::AdapterParts parts_;
  std::unique_ptr<net::HttpAdapter> adapter_ = make(cache_);
};

// Bytes in which no two pieces are equal.
std::string sample(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t state = size + 1;
  std::ranges::generate(bytes, [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<char>(state >> 56);
  });
  return bytes;
}

TEST_P(AdapterContract, IsCalledAsInTheConfiguration) {
  EXPECT_EQ(adapter_->name(), GetParam().name);
}

TEST_P(AdapterContract, ReturnsTheBytesThatWerePut) {
  for (const std::size_t size : {0, 1, 999, 1000, 1001, 64 * 1024, 64 * 1024 + 1, 1024 * 1024}) {
    testing::MemoryCache cache;
    const auto adapter = make(cache);
    const FakeExchange written =
        served(*adapter, put(path(), sample(size)).with_piece_size(70'000));
    EXPECT_GE(written.status(), 200u);
    EXPECT_LT(written.status(), 300u);
    const FakeExchange hit = served(*adapter, get(path()));
    EXPECT_EQ(hit.status(), 200u);
    EXPECT_EQ(hit.announced(), size);
    EXPECT_FALSE(hit.broken());
    EXPECT_TRUE(hit.sent() == sample(size)) << size;
  }
}

TEST_P(AdapterContract, AnUnknownKeyIsAMiss) {
  served(*adapter_, put(path(), "x"));
  EXPECT_EQ(served(*adapter_, get(GetParam().other)).status(), 404u);
  EXPECT_EQ(served(*adapter_, head(GetParam().other)).status(), 404u);
}

TEST_P(AdapterContract, HeadAnswersLikeGetWithoutABody) {
  served(*adapter_, put(path(), "12345"));
  const FakeExchange answer = served(*adapter_, head(path()));
  EXPECT_EQ(answer.status(), 200u);
  EXPECT_EQ(answer.announced(), 5u);
  EXPECT_EQ(answer.sent(), "");
  EXPECT_EQ(answer.header("content-type"), served(*adapter_, get(path())).header("content-type"));
}

TEST_P(AdapterContract, ACutUploadStoresNothing) {
  for (const std::size_t sent : {0, 1, 1000, 4999}) {
    const FakeExchange cut = served(*adapter_, put(path(), sample(5000)).cut_after(sent));
    EXPECT_LT(cut.status(), 500u);
    EXPECT_EQ(cache_.size(), 0u) << sent;
    EXPECT_EQ(served(*adapter_, get(path())).status(), 404u);
  }
}

TEST_P(AdapterContract, ACutOverwriteKeepsTheOldEntry) {
  served(*adapter_, put(path(), "old"));
  served(*adapter_, put(path(), sample(5000)).cut_after(3000));
  EXPECT_EQ(served(*adapter_, get(path())).sent(), "old");
}

TEST_P(AdapterContract, TheWriterIsRecorded) {
  served(*adapter_, put(path(), "x"));
  ASSERT_EQ(cache_.size(), 1u);
  EXPECT_EQ(cache_.first().info.meta.writer, "uid 1000");
}

TEST_P(AdapterContract, AFaultIsAMissAndNeverAServerError) {
  served(*adapter_, put(path(), "bytes"));
  for (const testing::Step step : testing::kAllSteps) {
    for (const auto fault : {testing::Fault::error, testing::Fault::exception}) {
      testing::FaultyCache faulty(cache_);
      const auto adapter = make(faulty);
      faulty.fail_at(step, fault);
      for (FakeExchange exchange : {get(path()), head(path())}) {
        const int before = faulty.faults();
        testing::run(*adapter, exchange);
        EXPECT_EQ(exchange.status(), faulty.faults() > before ? 404u : 200u) << name(step);
      }
      EXPECT_LT(served(*adapter, put(path(), "bytes")).status(), 500u) << name(step);
      EXPECT_EQ(served(*adapter_, get(path())).sent(), "bytes") << name(step);
    }
  }
}

TEST_P(AdapterContract, AnOverloadedServerDoesNoWorkAndBreaksNoBuild) {
  served(*adapter_, put(path(), "bytes"));
  // S3 has a word for it; elsewhere it is a miss or a write that is accepted and dropped.
  const bool has_word = adapter_->name() == "sccache";
  for (FakeExchange exchange : {get(path()), head(path())}) {
    testing::run(*adapter_, exchange.overloaded());
    EXPECT_EQ(exchange.status(), has_word ? 503u : 404u);
  }
  FakeExchange write = put(path(), "other bytes");
  testing::run(*adapter_, write.overloaded());
  if (has_word) {
    EXPECT_EQ(write.status(), 503u);
    EXPECT_NE(write.sent().find("<Code>SlowDown</Code>"), std::string::npos) << write.sent();
  } else {
    EXPECT_LT(write.status(), 300u);
  }
  EXPECT_EQ(served(*adapter_, get(path())).sent(), "bytes");
}

TEST_P(AdapterContract, AFailedWriteIsAcceptedAndStoresNothing) {
  for (const testing::Step step :
       {testing::Step::create, testing::Step::append, testing::Step::commit}) {
    for (const auto fault : {testing::Fault::error, testing::Fault::exception}) {
      testing::FaultyCache faulty(cache_);
      const auto adapter = make(faulty);
      faulty.fail_at(step, fault);
      const FakeExchange answer = served(*adapter, put(path(), sample(5000)));
      EXPECT_GT(faulty.faults(), 0);
      EXPECT_TRUE(answer.status() == 200u || answer.status() == 202u) << answer.status();
      EXPECT_EQ(cache_.size(), 0u) << name(step);
    }
  }
}

// Bytes already sent cannot be taken back: the client must see a cut body.
TEST_P(AdapterContract, AFaultInTheMiddleOfABodyCutsIt) {
  served(*adapter_, put(path(), sample(200'000)));
  testing::FaultyCache faulty(cache_);
  const auto adapter = make(faulty);
  faulty.fail_at(testing::Step::next, testing::Fault::error, 1);
  const FakeExchange answer = served(*adapter, get(path()));
  EXPECT_TRUE(answer.broken());
  EXPECT_LT(answer.sent().size(), answer.announced());
}

TEST_P(AdapterContract, AnOversizedWriteIsAcceptedAndDropped) {
  cache_.limit_entry_size(100);
  const FakeExchange answer = served(*adapter_, put(path(), sample(101)));
  EXPECT_TRUE(answer.status() == 200u || answer.status() == 202u) << answer.status();
  EXPECT_EQ(served(*adapter_, get(path())).status(), 404u);
}

TEST_P(AdapterContract, AnUnknownMethodIsNotAllowed) {
  const FakeExchange answer = served(*adapter_, FakeExchange(net::Method::other, "PATCH", path()));
  EXPECT_EQ(answer.status(), 405u);
  EXPECT_TRUE(answer.has_header("Allow"));
}

INSTANTIATE_TEST_SUITE_P(All, AdapterContract, ::testing::ValuesIn(kProtocols),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace fabrik::adapters
