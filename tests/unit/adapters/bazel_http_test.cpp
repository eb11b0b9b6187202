#include "adapters/bazel/bazel_http.hpp"

#include <gtest/gtest.h>

#include "adapters/shared/action_result.hpp"
#include "adapters/shared/body_decorators.hpp"
#include "tests/support/action_results.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"
#include "tests/support/store_doubles.hpp"

namespace fabrik::adapters {
namespace {

using testing::action_with_file;
using testing::action_with_tree;
using testing::FakeExchange;
using testing::get;
using testing::head;
using testing::put;
using testing::ref_of;
using testing::served;
using testing::tree_with_file;

const std::string kAction(64, 'a');

class BazelHttp : public ::testing::Test {
 protected:
  FakeExchange put_blob(const std::string& bytes, const std::string& prefix = "") {
    return served(bazel_, put(blob_path(bytes, prefix), bytes));
  }
  static std::string blob_path(const std::string& bytes, const std::string& prefix = "") {
    return prefix + "/cas/" + ref_of(bytes).digest.hex();
  }
  static std::string action_path(const std::string& prefix = "") {
    return prefix + "/ac/" + kAction;
  }

  testing::AdapterParts parts_;
  BazelHttpAdapter bazel_{parts_.cache, parts_.content, *parts_.log, parts_.mismatches, {}};
};

TEST_F(BazelHttp, ServesBlobsByTheirDigest) {
  for (const std::string& bytes : {std::string("x"), std::string(300'000, 'y')}) {
    EXPECT_EQ(served(bazel_, get(blob_path(bytes))).status(), 404u);
    EXPECT_EQ(put_blob(bytes).status(), 200u);
    const FakeExchange hit = served(bazel_, get(blob_path(bytes)));
    EXPECT_EQ(hit.status(), 200u);
    EXPECT_TRUE(hit.sent() == bytes);
    EXPECT_EQ(served(bazel_, head(blob_path(bytes))).announced(), bytes.size());
  }
}

TEST_F(BazelHttp, RefusesABlobUnderAnotherDigest) {
  const FakeExchange refused =
      served(bazel_, put(blob_path("what it should be"), "something else"));
  EXPECT_EQ(refused.status(), 400u);
  EXPECT_EQ(served(bazel_, get(blob_path("what it should be"))).status(), 404u);
  EXPECT_EQ(served(bazel_, get(blob_path("something else"))).status(), 404u);
  const auto counts = parts_.mismatches.all();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].path, "PUT /cas");
  EXPECT_EQ(counts[0].count, 1U);
}

TEST_F(BazelHttp, RefusesACutBlob) {
  FakeExchange cut = put(blob_path("complete bytes"), "complete bytes");
  cut.cut_after(8);
  testing::run(bazel_, cut);
  EXPECT_EQ(cut.status(), 400u);
  EXPECT_EQ(served(bazel_, get(blob_path("complete bytes"))).status(), 404u);
}

TEST_F(BazelHttp, DoesNotReadABlobThatIsThere) {
  put_blob("already here");
  FakeExchange again = put(blob_path("already here"), "already here");
  again.cut_after(0, Errc::internal);  // reading any of it would fail
  testing::run(bazel_, again);
  EXPECT_EQ(again.status(), 200u);
}

TEST_F(BazelHttp, TheEmptyBlobIsAlwaysThere) {
  const FakeExchange hit = served(bazel_, get(blob_path("")));
  EXPECT_EQ(hit.status(), 200u);
  EXPECT_EQ(hit.announced(), 0u);
}

TEST_F(BazelHttp, KeepsNamespacesApart) {
  put_blob("of one", "/one");
  EXPECT_EQ(served(bazel_, get(blob_path("of one", "/two"))).status(), 404u);
  EXPECT_EQ(served(bazel_, head(blob_path("of one"))).status(), 404u);
  EXPECT_EQ(served(bazel_, get(blob_path("of one", "/one"))).sent(), "of one");
  served(bazel_, put(action_path("/one"), "opaque"));
  EXPECT_EQ(served(bazel_, get(action_path("/two"))).status(), 404u);
  EXPECT_EQ(served(bazel_, get(action_path("//one/"))).sent(), "opaque");
}

TEST_F(BazelHttp, ABlobOfAnotherNamespaceHasToBeSentOnceMore) {
  put_blob("both have it", "/one");
  // The name alone is not enough: bytes that are others are refused.
  EXPECT_EQ(served(bazel_, put(blob_path("both have it", "/two"), "not  that   ")).status(), 400u);
  EXPECT_EQ(served(bazel_, get(blob_path("both have it", "/two"))).status(), 404u);
  EXPECT_EQ(put_blob("both have it", "/two").status(), 200u);
  EXPECT_EQ(served(bazel_, get(blob_path("both have it", "/two"))).sent(), "both have it");
  EXPECT_EQ(parts_.store.stats().blobs, 1u);
}

TEST_F(BazelHttp, AnActionOnlyHasTheBlobsOfItsNamespace) {
  put_blob("output bytes", "/one");
  served(bazel_, put(action_path("/two"), action_with_file("out", "output bytes")));
  EXPECT_EQ(served(bazel_, get(action_path("/two"))).status(), 404u);
  put_blob("output bytes", "/two");
  EXPECT_EQ(served(bazel_, get(action_path("/two"))).status(), 200u);
}

TEST_F(BazelHttp, NamespacesOutsideOfTheListAreNotFound) {
  BazelHttpAdapter bazel(parts_.cache, parts_.content, *parts_.log, parts_.mismatches,
                         {.namespaces = NamespaceRule({"main", "team-*"})});
  for (const std::string& prefix : {"", "/other", "/main/more"}) {
    EXPECT_EQ(served(bazel, put(blob_path("x", prefix), "x")).status(), 404u) << prefix;
    EXPECT_EQ(served(bazel, put(action_path(prefix), "x")).status(), 404u) << prefix;
    EXPECT_EQ(served(bazel, get(blob_path("", prefix))).status(), 404u) << prefix;
  }
  for (const std::string& prefix : {"/main", "/team-a", "/team-a/b"}) {
    EXPECT_EQ(served(bazel, put(blob_path("x", prefix), "x")).status(), 200u) << prefix;
    EXPECT_EQ(served(bazel, get(blob_path("x", prefix))).sent(), "x") << prefix;
  }
  EXPECT_EQ(parts_.store.stats().blobs, 1u);
}

TEST_F(BazelHttp, ReturnsOpaqueActionsAsTheyWerePut) {
  for (const std::string& bytes :
       {std::string("cCrS\x01 ccache's own format"), std::string(), std::string(5'000'000, 'o')}) {
    EXPECT_EQ(served(bazel_, put(action_path(), bytes)).status(), 200u);
    EXPECT_TRUE(served(bazel_, get(action_path())).sent() == bytes);
  }
}

TEST_F(BazelHttp, MarksWhatIsAnActionResult) {
  served(bazel_, put(action_path("/x"), action_with_file("out", "bytes")));
  const auto entry = parts_.store.find({cache::Space::bazel, "x", kAction});
  ASSERT_TRUE(entry && *entry);
  ASSERT_EQ((*entry)->meta.headers.size(), 1u);
  EXPECT_EQ((*entry)->meta.headers[0].second, kActionResultType);
}

TEST_F(BazelHttp, ServesAnActionOnlyWithAllItsOutputs) {
  const std::string action = action_with_file("out", "output bytes");
  served(bazel_, put(action_path(), action));
  EXPECT_EQ(served(bazel_, get(action_path())).status(), 404u);
  EXPECT_EQ(served(bazel_, head(action_path())).status(), 404u);
  put_blob("output bytes");
  EXPECT_EQ(served(bazel_, get(action_path())).sent(), action);
  EXPECT_EQ(served(bazel_, head(action_path())).announced(), action.size());
}

TEST_F(BazelHttp, LooksIntoTrees) {
  const std::string tree = tree_with_file("f", "in a tree");
  served(bazel_, put(action_path(), action_with_tree("dir", tree)));
  put_blob(tree);
  EXPECT_EQ(served(bazel_, get(action_path())).status(), 404u);
  put_blob("in a tree");
  EXPECT_EQ(served(bazel_, get(action_path())).status(), 200u);
}

TEST_F(BazelHttp, ATreeThatIsNoneIsAMiss) {
  const std::string junk = "\xff\xff not a tree";
  served(bazel_, put(action_path(), action_with_tree("dir", junk)));
  put_blob(junk);
  EXPECT_EQ(served(bazel_, get(action_path())).status(), 404u);
}

TEST_F(BazelHttp, DecodesZstandardUploads) {
  const std::string bytes(400'000, 'z');
  const std::string frame = *zstd_encode(as_bytes(bytes));
  FakeExchange upload = put(blob_path(bytes), frame);
  upload.with_header("Content-Encoding", "zstd");
  upload.with_header("X-Digest-SizeBytes", std::to_string(bytes.size()));
  testing::run(bazel_, upload);
  EXPECT_EQ(upload.status(), 200u);
  EXPECT_TRUE(served(bazel_, get(blob_path(bytes))).sent() == bytes);
}

TEST_F(BazelHttp, RefusesZstandardThatIsNotWhatItSays) {
  const std::string bytes(400'000, 'z');
  const std::string frame = *zstd_encode(as_bytes(bytes));
  struct Case {
    std::string body;
    std::string size;
    unsigned status;
  };
  for (const Case& c :
       {Case{frame, "399999", 400}, Case{frame, "400001", 400}, Case{frame, "", 400},
        Case{frame, "x", 400}, Case{frame.substr(0, frame.size() - 3), "400000", 400},
        Case{"no frame", "400000", 400}, Case{"", "400000", 400}}) {
    FakeExchange upload = put(blob_path(bytes), c.body);
    upload.with_header("Content-Encoding", "zstd").with_header("X-Digest-SizeBytes", c.size);
    testing::run(bazel_, upload);
    EXPECT_EQ(upload.status(), c.status) << c.size;
    EXPECT_EQ(served(bazel_, get(blob_path(bytes))).status(), 404u);
  }
  FakeExchange gzip = put(blob_path(bytes), "x");
  gzip.with_header("Content-Encoding", "gzip");
  testing::run(bazel_, gzip);
  EXPECT_EQ(gzip.status(), 415u);
}

TEST_F(BazelHttp, SendsZstandardOnlyWhenToldToAndAsked) {
  const std::string bytes(300'000, 'z');
  put_blob(bytes);
  BazelHttpAdapter compressing(parts_.cache, parts_.content, *parts_.log, parts_.mismatches,
                               {.send_zstd = true});
  const FakeExchange encoded =
      served(compressing, get(blob_path(bytes)).with_header("Accept-Encoding", "zstd,gzip"));
  EXPECT_EQ(encoded.header("content-encoding"), "zstd");
  EXPECT_LT(encoded.sent().size(), 10'000u);
  EXPECT_TRUE(served(compressing, get(blob_path(bytes))).sent() == bytes);
  EXPECT_TRUE(served(compressing, get(blob_path(bytes)).with_header("Accept-Encoding", "zstd;q=0"))
                  .sent() == bytes);
  EXPECT_TRUE(served(bazel_, get(blob_path(bytes)).with_header("Accept-Encoding", "zstd")).sent() ==
              bytes);
}

TEST_F(BazelHttp, SendsLargeBlobsAsZstandardToo) {
  std::string bytes;
  for (std::uint64_t i = 0; bytes.size() < 5'000'000; ++i) {
    bytes += "line " + std::to_string(i * 7919) + "\n";
  }
  put_blob(bytes);
  BazelHttpAdapter compressing(parts_.cache, parts_.content, *parts_.log, parts_.mismatches,
                               {.send_zstd = true});
  const FakeExchange encoded =
      served(compressing, get(blob_path(bytes)).with_header("Accept-Encoding", "zstd"));
  EXPECT_EQ(encoded.header("content-encoding"), "zstd");
  EXPECT_EQ(encoded.announced(), net::kUnknownLength);
  EXPECT_LT(encoded.sent().size(), bytes.size() / 2);
  const auto decoded = zstd_decode(as_bytes(encoded.sent()), bytes.size());
  EXPECT_TRUE(decoded && *decoded == bytes);
}

// As moon 2.5.5 sends it.
const std::string kMoonAction = R"({"outputFiles":[{"path":"p/dist/x","digest":{"hash":")" +
                                ref_of("hi\n").digest.hex() +
                                R"(","sizeBytes":"3"},"nodeProperties":{"mtime":)"
                                R"("2026-11-21T16:22:17.445435166+00:00","unixMode":33188}}],)"
                                R"("executionMetadata":{"worker":"moon"}})";

TEST_F(BazelHttp, TakesAnActionResultAsJson) {
  put_blob("hi\n");
  FakeExchange sent = put(action_path(), kMoonAction);
  testing::run(bazel_, sent.with_header("Content-Type", "application/json"));
  EXPECT_EQ(sent.status(), 200u);
  const auto entry = parts_.store.find({cache::Space::bazel, "", kAction});
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->meta.headers.at(0).second, kActionResultType);
  // Others get the message itself.
  const FakeExchange plain = served(bazel_, get(action_path()));
  EXPECT_EQ(plain.header("content-type"), "application/octet-stream");
  const auto references = action_references(as_bytes(plain.sent()));
  ASSERT_TRUE(references);
  EXPECT_EQ(references->blobs, std::vector{ref_of("hi\n")});
}

TEST_F(BazelHttp, GivesAnActionResultAsJsonToWhoAsksForIt) {
  put_blob("hi\n");
  served(bazel_, put(action_path(), action_with_file("out", "hi\n")));
  const FakeExchange json =
      served(bazel_, get(action_path()).with_header("Accept", "application/json"));
  EXPECT_EQ(json.header("content-type"), "application/json");
  EXPECT_EQ(json.sent(), R"({"outputFiles":[{"path":"out","digest":{"hash":")" +
                             ref_of("hi\n").digest.hex() + R"(","sizeBytes":"3"}}]})");
}

TEST_F(BazelHttp, JsonThatIsNoActionResultStaysAsItIs) {
  for (const std::string json :
       {R"({"outputFiles":"none"})", R"({"a member of tomorrow":1})", "{}"}) {
    served(bazel_, put(action_path(), json).with_header("Content-Type", "application/json"));
    const FakeExchange back =
        served(bazel_, get(action_path()).with_header("Accept", "application/json"));
    EXPECT_EQ(back.sent(), json);
    EXPECT_EQ(back.header("content-type"), "application/json");
  }
}

TEST_F(BazelHttp, SaysWhatIsWrongWithAName) {
  EXPECT_EQ(served(bazel_, put("/cas/short", "x")).status(), 400u);
  EXPECT_EQ(served(bazel_, get("/ac/" + std::string(63, 'a'))).status(), 404u);
}

TEST_F(BazelHttp, ForgetsAnActionOnRequest) {
  served(bazel_, put(action_path(), "opaque"));
  EXPECT_EQ(served(bazel_, FakeExchange(net::Method::del, "DELETE", action_path())).status(), 200u);
  EXPECT_EQ(served(bazel_, get(action_path())).status(), 404u);
  EXPECT_EQ(served(bazel_, FakeExchange(net::Method::del, "DELETE", blob_path("x"))).status(),
            405u);
}

// Whose bytes turn out to be others while they are read.
class DecayedStore final : public testing::WrappedStore {
 public:
  using WrappedStore::WrappedStore;

 protected:
  Result<void> before(std::string_view operation) override {
    return operation == "next" ? fail(Errc::corrupt, "decayed") : Result<void>{};
  }
};

TEST_F(BazelHttp, ADamagedBlobIsAMissThatIsCounted) {
  put_blob("content", "/team");
  DecayedStore store(parts_.store);
  cache::LocalCache entries(store, parts_.pool, parts_.counters);
  cache::LocalContent content(store, parts_.pool, parts_.counters);
  BazelHttpAdapter bazel(entries, content, *parts_.log, parts_.mismatches, {});
  EXPECT_EQ(served(bazel, get(blob_path("content", "/team"))).status(), 404u);
  const auto counts = parts_.mismatches.all();
  ASSERT_EQ(counts.size(), 1U);
  EXPECT_EQ(counts[0].path, "GET /cas");
  EXPECT_EQ(counts[0].instance, "team");
}

TEST_F(BazelHttp, AFullStoreRefusesBlobs) {
  cache::MemoryStore nothing_fits(0, parts_.clock);
  cache::LocalCache entries(nothing_fits, parts_.pool, parts_.counters);
  cache::LocalContent content(nothing_fits, parts_.pool, parts_.counters);
  BazelHttpAdapter bazel(entries, content, *parts_.log, parts_.mismatches, {});
  EXPECT_EQ(served(bazel, put(blob_path("x"), "x")).status(), 507u);
  EXPECT_EQ(served(bazel, put(action_path(), "opaque")).status(), 200u);
  EXPECT_EQ(served(bazel, get(blob_path("x"))).status(), 404u);
}

}  // namespace
}  // namespace fabrik::adapters
