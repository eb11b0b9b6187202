// A registry over a store in memory, and the requests that clients send to it.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "adapters/oci/names.hpp"
#include "adapters/oci/oci.hpp"
#include "tests/support/adapter_parts.hpp"
#include "tests/support/fake_exchange.hpp"

namespace fabrik::adapters {

inline constexpr const char* kLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr const char* kCacheConfigType = "application/vnd.buildkit.cacheconfig.v0";

inline std::string digest_of(std::string_view bytes) {
  return oci_digest(sha256(as_bytes(bytes)));
}
inline nlohmann::json descriptor(std::string_view type, std::string_view bytes) {
  return {{"mediaType", type}, {"digest", digest_of(bytes)}, {"size", bytes.size()}};
}
inline std::string image(std::string_view config, std::vector<std::string> layers,
                         nlohmann::json more = nlohmann::json::object()) {
  more["schemaVersion"] = 2;
  more["mediaType"] = kOciManifestType;
  more["config"] = descriptor("application/vnd.oci.image.config.v1+json", config);
  more["layers"] = nlohmann::json::array();
  for (const std::string& layer : layers) {
    more["layers"].push_back(descriptor(kLayerType, layer));
  }
  return more.dump();
}
inline std::string index_of(nlohmann::json children) {
  return nlohmann::json{
      {"schemaVersion", 2}, {"mediaType", kOciIndexType}, {"manifests", std::move(children)}}
      .dump();
}

class OciTest : public ::testing::Test {
 protected:
  using Exchange = testing::FakeExchange;

  Exchange send(Exchange exchange) { return testing::served(adapter_, std::move(exchange)); }
  Exchange get(std::string_view target) { return send(testing::get(target)); }
  Exchange head(std::string_view target) { return send(testing::head(target)); }
  Exchange put(std::string_view target, std::string body) {
    return send(testing::put(target, std::move(body)).with_piece_size(256 * 1024));
  }
  Exchange post(std::string_view target) { return send(testing::post(target, "")); }
  Exchange erase(std::string_view target) {
    return send(Exchange(net::Method::del, "DELETE", target));
  }
  static Exchange patch(std::string_view target, std::string body) {
    Exchange exchange(net::Method::other, "PATCH", target);
    exchange.with_body(std::move(body));
    return exchange;
  }

  // Where the next request of a new upload goes.
  std::string begin(const std::string& repository) {
    return post("/v2/" + repository + "/blobs/uploads/").header("Location");
  }
  void push_blob(const std::string& repository, const std::string& bytes) {
    ASSERT_EQ(put(begin(repository) + "?digest=" + digest_of(bytes), bytes).status(), 201u);
  }
  static std::string blob(const std::string& repository, std::string_view bytes) {
    return "/v2/" + repository + "/blobs/" + digest_of(bytes);
  }
  Exchange push(const std::string& repository, const std::string& reference, std::string text) {
    return put("/v2/" + repository + "/manifests/" + reference, std::move(text));
  }
  void push_image(const std::string& repository, const std::string& tag,
                  const std::string& layer = "layer") {
    push_blob(repository, "config");
    push_blob(repository, layer);
    ASSERT_EQ(push(repository, tag, image("config", {layer})).status(), 201u);
  }
  static std::string code(const Exchange& answer) {
    const auto json = nlohmann::json::parse(answer.sent(), nullptr, false);
    return json.is_object() && json.contains("errors")
               ? json["errors"][0]["code"].get<std::string>()
               : "(no error) " + answer.sent();
  }

  testing::AdapterParts parts_;
  OciAdapter adapter_{parts_.cache, parts_.content, *parts_.log};
};

}  // namespace fabrik::adapters
