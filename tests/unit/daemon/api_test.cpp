#include "daemon/api.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "base/fs.hpp"
#include "cache/memory_store.hpp"
#include "tests/support/blobs.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_exchange.hpp"

namespace fabrik::daemon {
namespace {

using nlohmann::json;
using testing::FakeExchange;

class Api : public ::testing::Test {
 protected:
  void put(cache::Space space, const std::string& ns, const std::string& key, std::size_t size) {
    clock_.advance(std::chrono::seconds(1));
    auto writer = store_.create(0);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(as_bytes(key + std::string(size - key.size(), '.'))));
    const auto blob = (*writer)->commit();
    ASSERT_TRUE(blob);
    ASSERT_TRUE(store_.put({space, ns, key}, *blob, {.writer = "uid 7", .headers = {}},
                           cache::IfExists::replace));
  }

  void fill() {
    put(cache::Space::gradle, "", "aaa", 100);
    put(cache::Space::gradle, "", "bbb", 3000);
    put(cache::Space::turborepo, "team", "ccc", 2000);
    put(cache::Space::nx, "", "ddd", 50);
  }

  struct Answer {
    int status;
    std::string body;
    std::string type;
  };
  Answer ask(std::string_view target, net::Method method = net::Method::get) {
    FakeExchange exchange(method, method == net::Method::get ? "GET" : "POST", target);
    testing::run(api_, exchange);
    return {static_cast<int>(exchange.status()), exchange.sent(), exchange.header("content-type")};
  }
  json get(std::string_view target) {
    const Answer answer = ask(target);
    EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
    return json::parse(answer.body);
  }
  static std::vector<std::string> keys(const json& page) {
    std::vector<std::string> keys;
    for (const json& one : page["artifacts"]) {
      keys.push_back(one["metadata"]["key"]);
    }
    return keys;
  }
  using Keys = std::vector<std::string>;

  testing::FakeClock clock_;
  cache::MemoryStore store_{1'000'000, clock_};
  Snapshot snapshot_;
  net::BlockingPool pool_{1};
  ApiAdapter api_{{.snapshot =
                       [this] {
                         Snapshot now = snapshot_;
                         now.store = store_.stats();
                         return now;
                       },
                   .store = store_,
                   .pool = pool_,
                   .clock = clock_}};
};

TEST_F(Api, ClaimsItsOwnPathsAndNoOthers) {
  for (const char* path : {"/metric", "/metrics/x", "/api/v2/stats", "/cache/api", "/"}) {
    EXPECT_FALSE(api_.claims(FakeExchange(net::Method::get, "GET", path).request())) << path;
  }
  EXPECT_FALSE(api_.claims(FakeExchange(net::Method::put, "PUT", "/metrics").request()))
      << "a plain cache may have an entry of this name";
}

TEST_F(Api, ListsArtefactsWithWhatIsKnownOfThem) {
  fill();
  const json page = get("/api/v1/artifacts");
  EXPECT_EQ(page["total"], 4);
  EXPECT_EQ(page["limit"], 100);
  EXPECT_EQ(page["offset"], 0);
  EXPECT_FALSE(page.contains("cursor"));
  const json& first = page["artifacts"][0];
  EXPECT_EQ(first["size_bytes"], 100);
  EXPECT_EQ(first["hash"].get<std::string>().size(), 64U);
  EXPECT_EQ(first["created_at"], "2023-11-14T22:13:21Z");
  EXPECT_EQ(first["metadata"]["build_system"], "gradle");
  EXPECT_EQ(first["metadata"]["writer"], "uid 7");
}

TEST_F(Api, SortsAndPages) {
  fill();
  EXPECT_EQ(keys(get("/api/v1/artifacts?sort=size_desc")), (Keys{"bbb", "ccc", "aaa", "ddd"}));
  EXPECT_EQ(keys(get("/api/v1/artifacts?sort=size_asc")), (Keys{"ddd", "aaa", "ccc", "bbb"}));
  EXPECT_EQ(keys(get("/api/v1/artifacts?sort=created_desc")), (Keys{"ddd", "ccc", "bbb", "aaa"}));
  EXPECT_EQ(keys(get("/api/v1/artifacts?sort=created_asc")), (Keys{"aaa", "bbb", "ccc", "ddd"}));
  const json page = get("/api/v1/artifacts?sort=size_desc&limit=2&offset=1");
  EXPECT_EQ(keys(page), (Keys{"ccc", "aaa"}));
  EXPECT_EQ(page["total"], 4);
  EXPECT_EQ(keys(get("/api/v1/artifacts?sort=size_desc&offset=9")), Keys{});
  EXPECT_EQ(keys(get("/api/v1/artifacts?limit=0&sort=size_desc")), Keys{});
  EXPECT_EQ(keys(get("/api/v1/artifacts?limit=2&offset=1")).size(), 2U);
}

TEST_F(Api, ACursorStaysRightWhileEntriesComeAndGo) {
  for (int i = 0; i < 25; ++i) {
    put(cache::Space::gradle, "", "key-" + std::to_string(100 + i), 10);
  }
  std::set<std::string> seen;
  std::string target = "/api/v1/artifacts?limit=10";
  for (int pages = 0; pages < 3; ++pages) {
    const json page = get(target);
    for (const std::string& key : keys(page)) {
      EXPECT_TRUE(seen.insert(key).second) << key << " came twice";
    }
    EXPECT_EQ(page.contains("cursor"), pages < 2);
    target = "/api/v1/artifacts?limit=10&cursor=" + page.value("cursor", "");
    // Before the cursor: neither is to be seen, and nothing behind it moves.
    put(cache::Space::gradle, "", "key-000", 10);
    ASSERT_TRUE(store_.erase(cache::EntryKey{cache::Space::gradle, "", "key-101"}));
  }
  EXPECT_EQ(seen.size(), 25U);
  EXPECT_FALSE(seen.contains("key-000"));
}

TEST_F(Api, FindsByTextToolAndSize) {
  fill();
  const json found = get("/api/v1/artifacts/search?query=gradle&min_size=1KB");
  EXPECT_EQ(keys(found), Keys{"bbb"});
  EXPECT_EQ(found["total"], 1);
  EXPECT_EQ(keys(get("/api/v1/artifacts/search?query=team")), Keys{"ccc"});
  EXPECT_EQ(keys(get("/api/v1/artifacts/search?query=dd")), Keys{"ddd"});
  EXPECT_EQ(keys(get("/api/v1/artifacts?build_system=gradle&max_size=100")), Keys{"aaa"});
  EXPECT_EQ(keys(get("/api/v1/artifacts/search?query=nothing")), Keys{});
  const std::string hash = found["artifacts"][0]["hash"];
  EXPECT_EQ(keys(get("/api/v1/artifacts/search?query=" + hash.substr(0, 20))), Keys{"bbb"});
}

TEST_F(Api, ShowsAllNamesOfOneArtefact) {
  fill();
  const json found = get("/api/v1/artifacts/search?query=aaa");
  const std::string hash = found["artifacts"][0]["hash"];
  const json one = get("/api/v1/artifacts/" + hash);
  EXPECT_EQ(one["hash"], hash);
  EXPECT_EQ(one["size_bytes"], 100);
  EXPECT_EQ(keys(one), Keys{"aaa"});
  EXPECT_EQ(ask("/api/v1/artifacts/" + std::string(64, '0')).status, 404);
}

TEST_F(Api, SaysWhatIsWrongWithAQuestion) {
  for (const char* wrong : {"/api/v1/artifacts?limit=x", "/api/v1/artifacts?limit=-1",
                            "/api/v1/artifacts?limit=1001", "/api/v1/artifacts?sort=name",
                            "/api/v1/artifacts?cursor=zz", "/api/v1/artifacts?min_size=big",
                            "/api/v1/artifacts?offset=10001", "/api/v1/artifacts/short"}) {
    const Answer answer = ask(wrong);
    EXPECT_EQ(answer.status, 400) << wrong;
    const json body = json::parse(answer.body);
    EXPECT_EQ(body["error"], "invalid_argument");
    EXPECT_NE(body["message"], "");
    EXPECT_EQ(body["code"], 400);
  }
  EXPECT_EQ(ask("/api/v1/nothing").status, 404);
  EXPECT_EQ(ask("/api/v1/stats", net::Method::post).status, 400);
}

TEST_F(Api, StatsHaveTheirDocumentedForm) {
  fill();
  snapshot_.spaces[0] = {.hits = 30, .misses = 10, .bytes_read = 5, .bytes_written = 6};
  snapshot_.spaces[3] = {.hits = 45, .misses = 15};
  snapshot_.requests.add(std::chrono::milliseconds(2));
  const json stats = get("/api/v1/stats");
  EXPECT_EQ(stats["cache"]["total_objects"], 4);
  EXPECT_EQ(stats["cache"]["total_size_bytes"], 5150);
  EXPECT_EQ(stats["cache"]["size_by_type"],
            (json{{"gradle", 3100}, {"turborepo", 2000}, {"nx", 50}}));
  EXPECT_EQ(stats["performance"]["cache_hits"], 75);
  EXPECT_EQ(stats["performance"]["cache_misses"], 25);
  EXPECT_EQ(stats["performance"]["hit_ratio"], 0.75);
  EXPECT_GT(stats["performance"]["latency_p99_ms"], 1.0);
  EXPECT_EQ(stats["bandwidth"]["download_bytes_total"], 5);
  EXPECT_EQ(stats["bandwidth"]["upload_bytes_total"], 6);
  EXPECT_EQ(stats["evictions"]["total"], 0);
}

TEST_F(Api, MetricsAreInPrometheusForm) {
  fill();
  snapshot_.spaces[0] = {.hits = 3, .misses = 1};
  snapshot_.requests.add(std::chrono::milliseconds(2));
  snapshot_.by_tool["gradle"].add(std::chrono::milliseconds(2));
  const Answer answer = ask("/metrics");
  EXPECT_EQ(answer.type, "text/plain; version=0.0.4; charset=utf-8");
  for (const char* line :
       {"fabrik_cache_hits_total 3\n", "fabrik_cache_misses_total 1\n",
        "fabrik_cache_hit_ratio 0.75\n", "fabrik_cache_size_bytes 5150\n",
        "fabrik_cache_objects 4\n", "# TYPE fabrik_request_duration_seconds histogram\n",
        "fabrik_request_duration_seconds_bucket{le=\"0.001\"} 0\n",
        "fabrik_request_duration_seconds_bucket{le=\"0.0025\"} 1\n",
        "fabrik_request_duration_seconds_bucket{le=\"+Inf\"} 1\n",
        "fabrik_request_duration_seconds_count 1\n",
        "fabrik_bandwidth_bytes_total{direction=\"upload\"} 0\n", "fabrik_evictions_total 0\n",
        "fabrik_tool_cache_hits_total{tool=\"gradle\"} 3\n",
        "fabrik_tool_request_duration_seconds_bucket{tool=\"gradle\",le=\"0.0025\"} 1\n"}) {
    EXPECT_NE(answer.body.find(line), std::string::npos) << line << "in\n" << answer.body;
  }
  // A family stands in one piece, and every value belongs to one.
  std::set<std::string> families;
  std::string family;
  std::istringstream lines(answer.body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << family;
    } else {
      EXPECT_TRUE(line.starts_with("# TYPE " + family) || line.starts_with(family)) << line;
    }
  }
}

// Whether `value` is what the schema of the OpenAPI file says, with no member more.
void expect_form(const json& document, json schema, const json& value, const std::string& where) {
  if (schema.contains("$ref")) {
    const std::string name = schema["$ref"];
    schema = document.at(json::json_pointer(name.substr(1)));
  }
  const std::string type = schema["type"];
  EXPECT_TRUE(
      (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
      (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) ||
      (type == "integer" && value.is_number_integer()) || (type == "number" && value.is_number()))
      << where << " is no " << type << ": " << value;
  if (type == "array") {
    for (const json& one : value) {
      expect_form(document, schema["items"], one, where + "[]");
    }
  }
  if (type != "object" || schema.contains("additionalProperties")) {
    return;
  }
  for (const json& name : schema["required"]) {
    EXPECT_TRUE(value.contains(name.get<std::string>())) << where << " lacks " << name;
  }
  for (const auto& [name, member] : value.items()) {
    ASSERT_TRUE(schema["properties"].contains(name)) << where << " has " << name;
    expect_form(document, schema["properties"][name], member, where + "." + name);
  }
}

std::string source_file(const char* path) {
  const auto content = read_file(std::filesystem::path(SOURCE_DIR) / path);
  EXPECT_TRUE(content) << path;
  return content.value_or("");
}

TEST_F(Api, AnswersAsItsOpenApiFileSays) {
  fill();
  const json document = json::parse(source_file("docs/openapi.json"));
  const std::string hash = get("/api/v1/artifacts")["artifacts"][0]["hash"];
  for (const auto& [path, operations] : document["paths"].items()) {
    ASSERT_EQ(operations.size(), 1U) << path << ": only questions";
    std::string target = path;
    if (const auto at = target.find("{hash}"); at != std::string::npos) {
      target.replace(at, 6, hash);
    }
    if (target == "/api/v1/artifacts") {
      target += "?limit=2";  // with a cursor
    }
    const Answer answer = ask(target);
    EXPECT_EQ(answer.status, 200) << target;
    const json& content = operations["get"]["responses"]["200"]["content"];
    ASSERT_TRUE(answer.type.starts_with(content.begin().key())) << answer.type;
    if (content.begin().key() == "application/json") {
      expect_form(document, content.begin().value()["schema"], json::parse(answer.body), path);
    }
    for (const json& parameter : operations["get"].value("parameters", json::array())) {
      if (parameter["in"] == "query" && parameter["schema"]["type"] == "integer") {
        EXPECT_EQ(ask(path + "?" + parameter["name"].get<std::string>() + "=-1").status, 400);
      }
    }
  }
  expect_form(document, document["components"]["schemas"]["Error"],
              json::parse(ask("/api/v1/nothing").body), "error");
}

TEST_F(Api, TheDashboardAsksForMetricsThatExist) {
  const std::string text = ask("/metrics").body;
  const std::string dashboard = source_file("packaging/grafana/fabrik.json");
  const std::regex name("fabrik_[a-z_]+");
  int seen = 0;
  for (std::sregex_iterator at(dashboard.begin(), dashboard.end(), name), end; at != end; ++at) {
    std::string family = at->str();
    if (family.ends_with("_bucket")) {
      family.resize(family.size() - 7);
    }
    EXPECT_NE(text.find("# TYPE " + family + " "), std::string::npos) << family;
    ++seen;
  }
  EXPECT_GT(seen, 10);
}

}  // namespace
}  // namespace fabrik::daemon
