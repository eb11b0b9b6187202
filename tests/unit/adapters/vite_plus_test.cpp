#include "adapters/vite_plus/vite_plus.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/vite_plus/multipart.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"

namespace fabrik::adapters {
namespace {

using Json = nlohmann::json;
using testing::FakeExchange;
using testing::get;
using testing::post;
using testing::served;

std::string cbor(const Json& json) {
  const auto bytes = Json::to_cbor(json);
  return {bytes.begin(), bytes.end()};
}
Json bytes(std::string_view text) {
  return Json::binary(std::vector<std::uint8_t>(text.begin(), text.end()));
}
Json answer_of(const FakeExchange& exchange) {
  return Json::from_cbor(exchange.sent());
}

class VitePlus : public ::testing::Test {
 protected:
  FakeExchange fetch(std::string_view key, std::string_view secondary = "task") {
    return served(vite_, post("/vite-plus/fetch",
                              cbor({{"key", bytes(key)}, {"secondary_key", bytes(secondary)}})));
  }
  FakeExchange store(std::string_view key, std::string_view value,
                     std::optional<std::string> blob = std::nullopt, std::size_t piece = 1000) {
    std::string body =
        "--b0undary\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" +
        cbor({{"key", bytes(key)}, {"secondary_key", bytes("task")}, {"value", bytes(value)}});
    if (blob) {
      body +=
          "\r\n--b0undary\r\ncontent-disposition: form-data; name=\"blob\"; "
          "filename=\"x\"\r\nContent-Type: application/octet-stream\r\n\r\n" +
          *blob;
    }
    return served(vite_, post("/vite-plus/store", body + "\r\n--b0undary--\r\n")
                             .with_header("Content-Type", "multipart/form-data; boundary=b0undary")
                             .with_piece_size(piece));
  }

  testing::AdapterParts parts_;
  VitePlusAdapter vite_{parts_.cache, parts_.content, *parts_.log};
};

TEST_F(VitePlus, ReturnsWhatWasStored) {
  EXPECT_EQ(fetch("k").status(), 404u);
  for (const std::size_t piece : {1, 2, 3, 7, 100'000}) {
    const std::string blob = "line\r\n--b0undar\r\n" + std::string(5000, 'b') + "\r\n--";
    EXPECT_EQ(store("k", "value", blob, piece).status(), 200u);
    const Json found = answer_of(fetch("k"));
    EXPECT_EQ(found["kind"], "exact");
    EXPECT_EQ(found["value"], bytes("value"));
    ASSERT_EQ(found["entries"].size(), 1u);
    EXPECT_EQ(found["entries"][0],
              (Json{{"value", found["value"]}, {"blob_id", found["blob_id"]}}));
    const auto id = found["blob_id"].get<std::string>();
    EXPECT_TRUE(served(vite_, get("/vite-plus/blob/" + id)).sent() == blob) << piece;
  }
}

TEST_F(VitePlus, EntriesNeedNoBlobAndBlobsMayBeEmpty) {
  store("k", "value");
  EXPECT_EQ(answer_of(fetch("k"))["blob_id"], nullptr);
  store("k", "value", "");
  const auto id = answer_of(fetch("k"))["blob_id"].get<std::string>();
  EXPECT_EQ(served(vite_, get("/vite-plus/blob/" + id)).status(), 200u);
}

TEST_F(VitePlus, NamesTheLastEntryOfATaskWhenTheKeyHasChanged) {
  store("old", "value");
  const Json found = answer_of(fetch("new"));
  EXPECT_EQ(found["kind"], "fallback");
  EXPECT_EQ(found["key"], bytes("old"));
  EXPECT_EQ(fetch("new", "another task").status(), 404u);
}

TEST_F(VitePlus, AnEntryWithoutItsBlobIsAMiss) {
  store("k", "value", "blob");
  const auto id = answer_of(fetch("k"))["blob_id"].get<std::string>();
  ASSERT_TRUE(parts_.store.erase(*Digest::from_hex(id)));
  EXPECT_EQ(fetch("k").status(), 404u);
  EXPECT_EQ(served(vite_, get("/vite-plus/blob/" + id)).status(), 404u);
}

TEST_F(VitePlus, RefusesWhatIsNoRequest) {
  EXPECT_EQ(served(vite_, post("/vite-plus/fetch", "no cbor")).status(), 400u);
  EXPECT_EQ(served(vite_, post("/vite-plus/fetch", cbor({{"key", 7}}))).status(), 400u);
  EXPECT_EQ(served(vite_, post("/vite-plus/store", "x")).status(), 400u);
  for (const char* body : {"", "--b", "--b\r\n", "--b\r\n\r\nno end", "--b\r\nx"}) {
    EXPECT_EQ(served(vite_, post("/vite-plus/store", body)
                                .with_header("Content-Type", "multipart/form-data; boundary=b"))
                  .status(),
              400u)
        << body;
  }
  EXPECT_EQ(served(vite_, get("/vite-plus/fetch")).status(), 405u);
  EXPECT_EQ(served(vite_, get("/vite-plus/blob/x")).status(), 404u);
  EXPECT_EQ(served(vite_, get("/vite-plus/other")).status(), 404u);
}

TEST_F(VitePlus, ACutStoreKeepsNothing) {
  FakeExchange cut = post("/vite-plus/store", std::string(3000, 'x'));
  cut.with_header("Content-Type", "multipart/form-data; boundary=b").cut_after(2000);
  testing::run(vite_, cut);
  EXPECT_LT(cut.status(), 500u);
  EXPECT_EQ(parts_.store.stats().entries, 0u);
}

TEST_F(VitePlus, AFullStoreIsAcceptedAndAMiss) {
  cache::MemoryStore nothing_fits(0, parts_.clock);
  cache::LocalCache entries(nothing_fits, parts_.pool, parts_.counters);
  cache::LocalContent content(nothing_fits, parts_.pool, parts_.counters);
  VitePlusAdapter vite(entries, content, *parts_.log);
  const std::string body =
      "--b\r\nContent-Disposition: form-data; name=blob\r\n\r\nbytes\r\n--b--\r\n";
  EXPECT_EQ(served(vite, post("/vite-plus/store", body)
                             .with_header("Content-Type", "multipart/form-data; boundary=b"))
                .status(),
            200u);
}

TEST(Multipart, FindsTheBoundary) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=x; boundary=\"a b\""), "a b");
  EXPECT_FALSE(multipart_boundary("multipart/form-data"));
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary="));
  EXPECT_FALSE(multipart_boundary("text/plain; boundary=abc"));
  EXPECT_FALSE(multipart_boundary(""));
}

}  // namespace
}  // namespace fabrik::adapters
