#include "cache/memory_store.hpp"
#include "tests/support/faulty_cache.hpp"
#include "tests/unit/adapters/oci_fixture.hpp"

namespace fabrik::adapters {
namespace {

using nlohmann::json;

class OciManifestsTest : public OciTest {
 protected:
  static std::string cache_index(std::vector<std::string> layers, const std::string& config) {
    json children = json::array();
    for (const std::string& layer : layers) {
      children.push_back(descriptor(kLayerType, layer));
    }
    children.push_back(descriptor(kCacheConfigType, config));
    return index_of(std::move(children));
  }
  void drop_blob(std::string_view bytes) {
    ASSERT_TRUE(parts_.store.erase(sha256(as_bytes(bytes))).value());
  }
};

TEST_F(OciManifestsTest, AnImageIsServedByTagAndDigestAsItWasPushed) {
  push_blob("a", "config");
  push_blob("a", "layer");
  const std::string text = image("config", {"layer"});
  const Exchange pushed = push("a", "v1", text);
  EXPECT_EQ(pushed.status(), 201u);
  EXPECT_EQ(pushed.header("Docker-Content-Digest"), digest_of(text));
  EXPECT_EQ(pushed.header("Location"), "/v2/a/manifests/" + digest_of(text));
  for (const std::string& reference : {std::string("v1"), digest_of(text)}) {
    const Exchange hit = get("/v2/a/manifests/" + reference);
    EXPECT_EQ(hit.status(), 200u);
    EXPECT_EQ(hit.sent(), text);
    EXPECT_EQ(hit.header("Content-Type"), kOciManifestType);
    EXPECT_EQ(hit.header("Docker-Content-Digest"), digest_of(text));
    const Exchange there = head("/v2/a/manifests/" + reference);
    EXPECT_EQ(there.status(), 200u);
    EXPECT_EQ(there.announced(), text.size());
    EXPECT_EQ(there.sent(), "");
  }
  EXPECT_EQ(get("/v2/a/blobs/" + digest_of(text)).sent(), text);
  EXPECT_EQ(head("/v2/a/blobs/" + digest_of(text)).status(), 200u);
}

TEST_F(OciManifestsTest, TheTypeIsThatOfThePushWhateverTheClientAccepts) {
  push_blob("a", "config");
  json text = json::parse(image("config", {}));
  text.erase("mediaType");
  const std::string type = "application/vnd.docker.distribution.manifest.v2+json";
  EXPECT_EQ(send(testing::put("/v2/a/manifests/v1", text.dump())
                     .with_header("Content-Type", type + "; charset=utf-8"))
                .status(),
            201u);
  EXPECT_EQ(send(testing::get("/v2/a/manifests/v1")
                     .with_header("Accept", "application/json")
                     .with_header("Accept", "text/plain"))
                .header("Content-Type"),
            type);
  EXPECT_EQ(code(send(testing::put("/v2/a/manifests/v1", image("config", {}))
                          .with_header("Content-Type", type))),
            "MANIFEST_INVALID");
}

TEST_F(OciManifestsTest, AnImageNeedsItsBlobsFirst) {
  push_blob("a", "config");
  const Exchange refused = push("a", "v1", image("config", {"layer"}));
  EXPECT_EQ(refused.status(), 400u);
  EXPECT_EQ(code(refused), "MANIFEST_BLOB_UNKNOWN");
  EXPECT_NE(refused.sent().find(digest_of("layer")), std::string::npos);
  EXPECT_EQ(code(get("/v2/a/manifests/v1")), "MANIFEST_UNKNOWN");
}

TEST_F(OciManifestsTest, AnIndexIsTakenAndServedWhateverItNames) {
  const std::string text =
      index_of({descriptor(kOciManifestType, "other platform"), descriptor(kLayerType, "blob")});
  EXPECT_EQ(push("a", "multi", text).status(), 201u);
  EXPECT_EQ(get("/v2/a/manifests/multi").sent(), text);
  EXPECT_EQ(get("/v2/a/manifests/multi").header("Content-Type"), kOciIndexType);
}

TEST_F(OciManifestsTest, AnImageThatLostALayerIsAMiss) {
  push_image("a", "v1");
  drop_blob("layer");
  EXPECT_EQ(get("/v2/a/manifests/v1").status(), 404u);
  EXPECT_EQ(head("/v2/a/manifests/v1").status(), 404u);
  push_blob("a", "layer");
  EXPECT_EQ(get("/v2/a/manifests/v1").status(), 200u);
}

TEST_F(OciManifestsTest, ABuildCacheIsServedOnlyWhileAllOfItIsThere) {
  push_blob("a", "cacheconfig");
  push_blob("a", "l1");
  EXPECT_EQ(push("a", "cache", cache_index({"l1", "l2"}, "cacheconfig")).status(), 201u);
  EXPECT_EQ(get("/v2/a/manifests/cache").status(), 404u) << "l2 never came";
  push_blob("a", "l2");
  EXPECT_EQ(get("/v2/a/manifests/cache").status(), 200u);
  drop_blob("cacheconfig");
  EXPECT_EQ(get("/v2/a/manifests/cache").status(), 404u);
}

// BuildKit's newer shape: an image whose config is the cache's.
TEST_F(OciManifestsTest, ABuildCacheAsAnImageIsNeverRefused) {
  json text = json::parse(image("cacheconfig", {"lost"}));
  text["config"]["mediaType"] = kCacheConfigType;
  EXPECT_EQ(push("a", "cache", text.dump()).status(), 201u);
  EXPECT_EQ(get("/v2/a/manifests/cache").status(), 404u);
}

TEST_F(OciManifestsTest, PullingLeasesWhatTheManifestNames) {
  push_image("a", "v1");
  ASSERT_EQ(get("/v2/a/manifests/v1").status(), 200u);
  // More than the store holds: what is leased must stay.
  for (int i = 0; i < 5; ++i) {
    push_blob("b", std::string(20 << 20, static_cast<char>('a' + i)));
  }
  EXPECT_EQ(get(blob("a", "layer")).sent(), "layer");
  EXPECT_EQ(get("/v2/a/manifests/v1").status(), 200u);
}

TEST_F(OciManifestsTest, BadManifestsGetAClearError) {
  EXPECT_EQ(code(push("a", "v1", "junk")), "MANIFEST_INVALID");
  EXPECT_EQ(code(push("a", "v1", "{}")), "MANIFEST_INVALID");
  EXPECT_EQ(code(push("a", ".bad", image("c", {}))), "MANIFEST_INVALID");
  EXPECT_EQ(code(push("a", digest_of("other"), index_of(json::array()))), "DIGEST_INVALID");
  EXPECT_EQ(push("a", "v1", std::string(9 << 20, ' ')).status(), 413u);
  EXPECT_EQ(send(testing::put("/v2/a/manifests/v1", "{}").cut_after(1)).status(), 400u);
  EXPECT_EQ(get("/v2/a/manifests/v1").status(), 404u);
  EXPECT_EQ(get("/v2/a/manifests/.bad").status(), 404u);
  EXPECT_EQ(post("/v2/a/manifests/v1").status(), 405u);
}

TEST_F(OciManifestsTest, AFourMegabyteManifestIsAccepted) {
  const std::string text =
      json{{"manifests", json::array()}, {"annotations", {{"k", std::string(4 << 20, 'x')}}}}
          .dump();
  EXPECT_EQ(push("a", "large", text).status(), 201u);
  EXPECT_TRUE(get("/v2/a/manifests/large").sent() == text);
}

TEST_F(OciManifestsTest, DeletingATagKeepsTheManifestAndTheOtherWayRoundTakesItsTags) {
  push_image("a", "v1");
  push_image("a", "v2");
  const std::string digest = digest_of(image("config", {"layer"}));
  EXPECT_EQ(erase("/v2/a/manifests/v1").status(), 202u);
  EXPECT_EQ(erase("/v2/a/manifests/v1").status(), 404u);
  EXPECT_EQ(get("/v2/a/manifests/" + digest).status(), 200u);
  EXPECT_EQ(erase("/v2/a/manifests/" + digest).status(), 202u);
  EXPECT_EQ(get("/v2/a/manifests/v2").status(), 404u);
  EXPECT_EQ(json::parse(get("/v2/a/tags/list").sent())["tags"], json::array());
}

TEST_F(OciManifestsTest, TagsAreListedInPages) {
  for (const char* tag : {"b", "a", "v1.0", "c"}) {
    push_image("x/y", tag);
  }
  push_image("x", "other");
  const json all = json::parse(get("/v2/x/y/tags/list").sent());
  EXPECT_EQ(all["name"], "x/y");
  EXPECT_EQ(all["tags"], json({"a", "b", "c", "v1.0"}));
  const Exchange page = get("/v2/x/y/tags/list?n=2");
  EXPECT_EQ(json::parse(page.sent())["tags"], json({"a", "b"}));
  EXPECT_EQ(page.header("Link"), R"(</v2/x/y/tags/list?n=2&last=b>; rel="next")");
  const Exchange rest = get("/v2/x/y/tags/list?n=2&last=b");
  EXPECT_EQ(json::parse(rest.sent())["tags"], json({"c", "v1.0"}));
  EXPECT_FALSE(rest.has_header("Link"));
  EXPECT_EQ(json::parse(get("/v2/x/y/tags/list?n=0").sent())["tags"], json::array());
  EXPECT_EQ(get("/v2/x/y/tags/list?n=x").status(), 400u);
  EXPECT_EQ(code(get("/v2/nothing/tags/list")), "NAME_UNKNOWN");
}

TEST_F(OciManifestsTest, RepositoriesAreListedInPages) {
  for (const char* repository : {"b", "a", "a/b", "a-b"}) {
    push_image(repository, "x");
  }
  EXPECT_EQ(json::parse(get("/v2/_catalog").sent())["repositories"],
            json({"a", "a-b", "a/b", "b"}));
  const Exchange page = get("/v2/_catalog?n=3");
  EXPECT_EQ(json::parse(page.sent())["repositories"], json({"a", "a-b", "a/b"}));
  EXPECT_EQ(page.header("Link"), R"(</v2/_catalog?n=3&last=a/b>; rel="next")");
  EXPECT_EQ(json::parse(get("/v2/_catalog?last=a/b").sent())["repositories"], json({"b"}));
}

TEST_F(OciManifestsTest, ReferrersAreListedAndFiltered) {
  push_image("a", "v1");
  const std::string subject = image("config", {"layer"});
  const std::string list = "/v2/a/referrers/" + digest_of(subject);
  EXPECT_EQ(json::parse(get(list).sent())["manifests"], json::array());
  const auto referrer = [&](const char* type) {
    return image("config", {},
                 {{"subject", descriptor(kOciManifestType, subject)},
                  {"artifactType", type},
                  {"annotations", {{"k", type}}}});
  };
  const Exchange pushed = push("a", digest_of(referrer("t/sbom")), referrer("t/sbom"));
  EXPECT_EQ(pushed.status(), 201u);
  EXPECT_EQ(pushed.header("OCI-Subject"), digest_of(subject));
  push("a", "signature", referrer("t/sig"));
  const Exchange both = get(list);
  EXPECT_EQ(both.header("Content-Type"), kOciIndexType);
  EXPECT_EQ(json::parse(both.sent())["manifests"].size(), 2u);
  const Exchange one = get(list + "?artifactType=t/sig");
  EXPECT_EQ(one.header("OCI-Filters-Applied"), "artifactType");
  const json found = json::parse(one.sent())["manifests"];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["digest"], digest_of(referrer("t/sig")));
  EXPECT_EQ(found[0]["mediaType"], kOciManifestType);
  EXPECT_EQ(found[0]["annotations"]["k"], "t/sig");
  EXPECT_EQ(erase("/v2/a/manifests/" + digest_of(referrer("t/sig"))).status(), 202u);
  EXPECT_EQ(json::parse(get(list).sent())["manifests"].size(), 1u);
  EXPECT_EQ(code(get("/v2/a/referrers/junk")), "DIGEST_INVALID");
}

TEST_F(OciManifestsTest, LongReferrerListsGoOnWithTheLink) {
  push_blob("a", "config");
  const json subject = descriptor(kOciManifestType, "absent");
  for (int i = 0; i < 101; ++i) {
    const std::string text = image("config", {}, {{"subject", subject}, {"n", i}});
    ASSERT_EQ(push("a", digest_of(text), text).status(), 201u);
  }
  const Exchange page = get("/v2/a/referrers/" + digest_of("absent"));
  EXPECT_EQ(json::parse(page.sent())["manifests"].size(), 100u);
  const std::string link = page.header("Link");
  const Exchange rest = get(link.substr(1, link.find('>') - 1));
  EXPECT_EQ(json::parse(rest.sent())["manifests"].size(), 1u);
  EXPECT_FALSE(rest.has_header("Link"));
}

// What BuildKit sends for a cache, to a store that can keep nothing.
TEST(OciWithoutRoom, ABuildCacheIsAcceptedAndAnImageRefused) {
  SystemClock clock;
  cache::MemoryStore store(0, clock);
  net::BlockingPool pool(1);
  cache::CacheCounters counters;
  cache::LocalCache entries(store, pool, counters);
  cache::LocalContent content(store, pool, counters);
  const auto log = null_log();
  OciAdapter adapter(entries, content, *log);
  for (const char* bytes : {"config", "layer"}) {
    const std::string location =
        testing::served(adapter, testing::post("/v2/a/blobs/uploads/", "")).header("Location");
    EXPECT_EQ(
        testing::served(adapter, testing::put(location + "?digest=" + digest_of(bytes), bytes))
            .status(),
        201u);
    EXPECT_EQ(testing::served(adapter, testing::get("/v2/a/blobs/" + digest_of(bytes))).status(),
              404u);
  }
  json cache = json::parse(image("config", {"layer"}));
  cache["config"]["mediaType"] = kCacheConfigType;
  EXPECT_EQ(testing::served(adapter, testing::put("/v2/a/manifests/cache", cache.dump())).status(),
            201u);
  EXPECT_EQ(testing::served(adapter, testing::get("/v2/a/manifests/cache")).status(), 404u);
  EXPECT_EQ(
      testing::served(adapter, testing::put("/v2/a/manifests/image", image("config", {"layer"})))
          .status(),
      400u);
}

TEST_F(OciManifestsTest, AFaultIsAMissForWhoReads) {
  push_image("a", "v1");
  for (const testing::Step step : {testing::Step::stat, testing::Step::open, testing::Step::next}) {
    for (const auto fault : {testing::Fault::error, testing::Fault::exception}) {
      testing::FaultyCache faulty(parts_.cache);
      OciAdapter adapter(faulty, parts_.content, *parts_.log);
      faulty.fail_at(step, fault);
      for (const std::string& target : {std::string("/v2/a/manifests/v1"), blob("a", "layer")}) {
        const int before = faulty.faults();
        const unsigned status = testing::served(adapter, testing::get(target)).status();
        EXPECT_EQ(status, faulty.faults() > before ? 404u : 200u) << target << name(step);
      }
      EXPECT_LT(testing::served(adapter, testing::head(blob("a", "layer"))).status(), 500u);
    }
  }
  EXPECT_EQ(get("/v2/a/manifests/v1").status(), 200u);
}

}  // namespace
}  // namespace fabrik::adapters
