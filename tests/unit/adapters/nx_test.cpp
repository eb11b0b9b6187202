#include "adapters/nx.hpp"

#include <gtest/gtest.h>

#include "tests/support/fake_exchange.hpp"
#include "tests/support/faulty_cache.hpp"
#include "tests/support/memory_cache.hpp"

namespace fabrik::adapters {
namespace {

using testing::FakeExchange;
using testing::get;
using testing::put;
using testing::served;

class NxTest : public ::testing::Test {
 protected:
  testing::MemoryCache cache_;
  std::unique_ptr<Log> log_ = null_log();
  NxAdapter adapter_{cache_, *log_};
};

TEST_F(NxTest, ServesWhatWasStored) {
  EXPECT_EQ(served(adapter_, put("/v1/cache/1234567890", "tar")).status(), 200u);
  const FakeExchange hit = served(adapter_, get("/v1/cache/1234567890"));
  EXPECT_EQ(hit.status(), 200u);
  EXPECT_EQ(hit.sent(), "tar");
  EXPECT_EQ(hit.header("content-type"), "application/octet-stream");
}

TEST_F(NxTest, TheFirstWriteWins) {
  served(adapter_, put("/v1/cache/7", "first"));
  EXPECT_EQ(served(adapter_, put("/v1/cache/7", "second")).status(), 409u);
  EXPECT_EQ(served(adapter_, put("/v1/cache/7", "first")).status(), 409u);
  EXPECT_EQ(served(adapter_, get("/v1/cache/7")).sent(), "first");
}

TEST_F(NxTest, VerifiesTheWholeArtefactBeforeItAnswers) {
  served(adapter_, put("/v1/cache/7", "tar"));
  served(adapter_, get("/v1/cache/7"));
  EXPECT_EQ(cache_.last_verify(), cache::Verify::whole_first);
}

TEST_F(NxTest, AcceptsAndDropsWhatIsTooLarge) {
  cache_.limit_entry_size(3);
  EXPECT_EQ(served(adapter_, put("/v1/cache/7", "1234")).status(), 200u);
  EXPECT_EQ(served(adapter_, get("/v1/cache/7")).status(), 404u);
}

TEST_F(NxTest, HostileKeysGetWhatNxSurvives) {
  for (const std::string& bad :
       {std::string(""), std::string(".."), std::string("%2e%2e"), std::string("7%00"),
        std::string("a/b"), std::string("7\0", 2), std::string(4096, '7')}) {
    EXPECT_EQ(served(adapter_, get("/v1/cache/" + bad)).status(), 404u) << bad;
    EXPECT_EQ(served(adapter_, put("/v1/cache/" + bad, "x")).status(), 403u) << bad;
  }
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(NxTest, HeadTellsTheSize) {
  served(adapter_, put("/v1/cache/7", "tar"));
  EXPECT_EQ(served(adapter_, testing::head("/v1/cache/7")).announced(), 3u);
  EXPECT_EQ(served(adapter_, testing::head("/v1/cache/8")).status(), 404u);
}

TEST_F(NxTest, OtherMethodsAreNotAllowed) {
  EXPECT_EQ(served(adapter_, FakeExchange(net::Method::del, "DELETE", "/v1/cache/7")).status(),
            405u);
}

// Nx 21 to 24 end with status 1 on any other answer than these.
TEST_F(NxTest, NoFaultGivesAnAnswerThatFailsABuild) {
  served(adapter_, put("/v1/cache/7", "tar"));
  for (const testing::Step step : testing::kAllSteps) {
    for (const auto fault : {testing::Fault::error, testing::Fault::exception}) {
      testing::FaultyCache faulty(cache_);
      NxAdapter adapter(faulty, *log_);
      faulty.fail_at(step, fault);
      const unsigned got = served(adapter, get("/v1/cache/7")).status();
      EXPECT_EQ(got, faulty.faults() > 0 ? 404u : 200u) << name(step);
      const int before = faulty.faults();
      const unsigned wrote = served(adapter, put("/v1/cache/7", "tar")).status();
      EXPECT_EQ(wrote, faulty.faults() > before ? 200u : 409u) << name(step);
    }
  }
}

TEST_F(NxTest, ACutOrSlowUploadIsNotAnErrorEither) {
  for (const Errc error : {Errc::cancelled, Errc::timeout, Errc::invalid_argument}) {
    EXPECT_EQ(served(adapter_, put("/v1/cache/9", "12345").cut_after(3, error)).status(), 200u);
    EXPECT_EQ(served(adapter_, get("/v1/cache/9")).status(), 404u);
  }
}

}  // namespace
}  // namespace fabrik::adapters
