#include "daemon/cache_admin.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/fs.hpp"
#include "cache/memory_store.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::daemon {
namespace {

using nlohmann::json;
using testing::get_blob;
using testing::put_blob;
using testing::random_bytes;

class CacheAdmin : public ::testing::Test {
 protected:
  void put(cache::Space space, const std::string& ns, const std::string& key,
           std::string_view content) {
    const auto blob = put_blob(store_, content);
    ASSERT_TRUE(blob);
    ASSERT_TRUE(store_.put({space, ns, key}, *blob,
                           {.writer = "test", .headers = {{"x-tag", "\xff"}}},
                           cache::IfExists::replace));
  }
  static json ask(cache::Store& store, std::string_view action, const json& request) {
    const auto answer = cache_admin(store, action, request.dump());
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? json::parse(*answer) : json();
  }
  json ask(std::string_view action, const json& request = json::object()) {
    return ask(store_, action, request);
  }
  // The pages of `action`.
  static std::vector<json> pages(cache::Store& store, std::string_view action, json request) {
    std::vector<json> all;
    do {
      all.push_back(ask(store, action, request));
      request["from"] = all.back().at("next");
    } while (!request["from"].is_null() && all.size() < 1000);
    return all;
  }
  Errc refused(std::string_view action, const std::string& body) {
    const auto answer = cache_admin(store_, action, body);
    return answer ? Errc::internal : answer.error().code;
  }

  testing::FakeClock clock_;
  cache::MemoryStore store_{64 << 20, clock_};
  testing::TempDir dir_;
};

TEST_F(CacheAdmin, ListsWhatTheFilterLetsThrough) {
  put(cache::Space::gradle, "", "abc", "one");
  put(cache::Space::gradle, "", "abd", "two");
  put(cache::Space::turborepo, "team", "abc", "one");
  const auto count = [this](const json& filter) { return ask("list", filter)["entries"].size(); };
  EXPECT_EQ(count(json::object()), 3U);
  EXPECT_EQ(count({{"space", "gradle"}}), 2U);
  EXPECT_EQ(count({{"namespace", "team"}}), 1U);
  EXPECT_EQ(count({{"namespace", ""}}), 2U);
  EXPECT_EQ(count({{"key", "abc"}}), 2U);
  EXPECT_EQ(count({{"prefix", "ab"}, {"space", "gradle"}}), 2U);
  EXPECT_EQ(count({{"digest", sha256(as_bytes("two")).hex()}}), 1U);
  EXPECT_EQ(count({{"key", "ab"}}), 0U);
  const json entry = ask("list", {{"key", "abd"}})["entries"][0];
  EXPECT_EQ(entry["size"], 3);
  EXPECT_EQ(entry["space"], "gradle");
  EXPECT_EQ(entry["writer"], "test");
}

TEST_F(CacheAdmin, ListsEverythingPageByPage) {
  for (int i = 0; i < 2500; ++i) {
    put(cache::Space::nx, "", "k" + std::to_string(i), "shared");
  }
  std::set<std::string> ids;
  for (const json& page : pages(store_, "list", {{"limit", 300}})) {
    EXPECT_LE(page["entries"].size(), 300U);
    for (const json& entry : page["entries"]) {
      EXPECT_TRUE(ids.insert(entry["id"]).second) << "twice";
    }
  }
  EXPECT_EQ(ids.size(), 2500U);
}

TEST_F(CacheAdmin, AddsUpPerToolAndNamespace) {
  put(cache::Space::gradle, "", "a", "12345");
  put(cache::Space::gradle, "", "b", "12345");
  put(cache::Space::turborepo, "team", "a", "1");
  const json groups = ask("usage")["groups"];
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0],
            json({{"space", "gradle"}, {"namespace", ""}, {"entries", 2}, {"bytes", 10}}));
  EXPECT_EQ(groups[1]["namespace"], "team");
}

TEST_F(CacheAdmin, RemovesAnEntryOrContentWithAllThatPointsAtIt) {
  put(cache::Space::gradle, "", "a", "shared");
  put(cache::Space::gradle, "", "b", "shared");
  const std::string id = ask("list", {{"key", "a"}})["entries"][0]["id"];
  EXPECT_EQ(ask("remove", {{"id", id}})["removed"], true);
  EXPECT_EQ(ask("remove", {{"id", id}})["removed"], false);
  EXPECT_EQ(store_.stats().entries, 1U);
  EXPECT_EQ(ask("remove", {{"digest", sha256(as_bytes("shared")).hex()}})["removed"], true);
  EXPECT_EQ(store_.stats().entries, 0U);
  EXPECT_EQ(store_.stats().blobs, 0U);
}

TEST_F(CacheAdmin, ClearsAndVerifies) {
  put(cache::Space::gradle, "", "a", "content");
  const json verified = ask("verify");
  EXPECT_EQ(verified["blobs"], 1);
  EXPECT_EQ(verified["bytes"], 7);
  EXPECT_EQ(verified["damaged"], 0);
  EXPECT_TRUE(verified["next"].is_null());
  EXPECT_EQ(ask("clear")["cleared"], true);
  EXPECT_EQ(store_.stats().blobs, 0U);
}

TEST_F(CacheAdmin, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(refused("nothing", "{}"), Errc::not_found);
  EXPECT_EQ(refused("list", "no json"), Errc::invalid_argument);
  EXPECT_EQ(refused("list", "[]"), Errc::invalid_argument);
  EXPECT_EQ(refused("list", R"({"from": "zz"})"), Errc::invalid_argument);
  EXPECT_EQ(refused("list", R"({"from": "0"})"), Errc::invalid_argument);
  EXPECT_EQ(refused("remove", "{}"), Errc::invalid_argument);
  EXPECT_EQ(refused("verify", R"({"from": "x"})"), Errc::invalid_argument);
  EXPECT_EQ(refused("export", R"({"path": "relative"})"), Errc::invalid_argument);
  EXPECT_EQ(refused("import", R"({"path": 7})"), Errc::invalid_argument);
  EXPECT_TRUE(cache_admin(store_, "list", R"({"limit": "many", "space": 3})"));
}

class CacheArchive : public CacheAdmin {
 protected:
  void fill() {
    for (int i = 0; i < 30; ++i) {
      put(cache::Space::gradle, i % 2 == 0 ? "" : "ns", std::string("k\n\xff") + std::to_string(i),
          content(i));
    }
    put(cache::Space::nx, "", "empty", "");
  }
  static testing::Content content(int i) {
    return random_bytes(static_cast<std::size_t>(i) * 30'000, static_cast<std::uint64_t>(i));
  }

  const std::string path_ = (dir_ / "cache.fabrik").string();
  cache::MemoryStore other_{64 << 20, clock_};
};

TEST_F(CacheArchive, CarriesEverythingToAnotherCache) {
  fill();
  (void)pages(store_, "export", {{"path", path_}});
  std::uint64_t stored = 0;
  for (const json& page : pages(other_, "import", {{"path", path_}})) {
    stored += page["entries"].get<std::uint64_t>();
  }
  EXPECT_EQ(stored, 31U);
  const auto page = store_.list(nullptr, 100);
  for (const auto& [key, info] : page->entries) {
    const auto found = other_.find(key);
    ASSERT_TRUE(found && *found) << key.key;
    EXPECT_EQ((*found)->blob, info.blob);
    EXPECT_EQ((*found)->meta.headers, info.meta.headers);
    EXPECT_EQ(get_blob(other_, info.blob.digest), get_blob(store_, info.blob.digest));
  }
  const json again = ask(other_, "import", {{"path", path_}});
  EXPECT_EQ(again["entries"], 0) << "what is there stays";
  EXPECT_EQ(again["dropped"], 31);
}

TEST_F(CacheArchive, NeverWritesOverAFile) {
  ASSERT_TRUE(write_file_atomically(path_, "precious"));
  const auto answer = cache_admin(store_, "export", json{{"path", path_}}.dump());
  EXPECT_FALSE(answer);
  EXPECT_EQ(*read_file(path_), "precious");
}

TEST_F(CacheArchive, TakesNothingWrongFromADamagedFile) {
  fill();
  (void)pages(store_, "export", {{"path", path_}});
  const std::string whole = *read_file(path_);
  for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 40) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    ASSERT_TRUE(write_file_atomically(path_, damaged));
    cache::MemoryStore target(64 << 20, clock_);
    (void)cache_admin(target, "import", json{{"path", path_}}.dump());
    const auto page = target.list(nullptr, 100);
    for (const auto& [key, info] : page->entries) {
      const auto bytes = get_blob(target, info.blob.digest);
      ASSERT_TRUE(bytes);
      EXPECT_EQ(sha256(as_bytes(*bytes)), info.blob.digest);
    }
  }
  ASSERT_TRUE(write_file_atomically(path_, whole.substr(0, whole.size() / 2)));
  const auto cut = cache_admin(other_, "import", json{{"path", path_}}.dump());
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Errc::corrupt);
  EXPECT_GT(other_.stats().entries, 0U) << "what stands before the cut is whole";
  ASSERT_TRUE(write_file_atomically(path_, "something else\n"));
  EXPECT_EQ(refused("import", json{{"path", path_}}.dump()), Errc::invalid_argument);
}

}  // namespace
}  // namespace fabrik::daemon
