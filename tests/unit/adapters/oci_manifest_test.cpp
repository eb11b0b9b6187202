#include "adapters/oci/manifest.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "adapters/oci/names.hpp"

namespace fabrik::adapters {
namespace {

const std::string kA = "sha256:" + std::string(64, 'a');
const std::string kB = "sha256:" + std::string(64, 'b');

std::string descriptor(const std::string& type, const std::string& digest, int size = 3) {
  return R"({"mediaType":")" + type + R"(","digest":")" + digest + R"(","size":)" +
         std::to_string(size) + "}";
}

TEST(OciManifestText, AnImageNamesItsConfigAndLayers) {
  const auto manifest = parse_oci_manifest(
      R"({"schemaVersion":2,"config":)" + descriptor("application/x.config", kA) +
      R"(,"layers":[)" + descriptor("application/x.layer", kB, 7) +
      R"(],"annotations":{"k":"v"},"subject":)" + descriptor("m", kA) + "}");
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_FALSE(manifest->index);
  EXPECT_FALSE(manifest->buildkit_cache);
  ASSERT_EQ(manifest->blobs.size(), 2u);
  EXPECT_EQ(oci_digest(manifest->blobs[1].digest), kB);
  EXPECT_EQ(manifest->blobs[1].size, 7u);
  EXPECT_EQ(manifest->artifact_type, "application/x.config");
  EXPECT_EQ(manifest->annotations, R"({"k":"v"})");
  ASSERT_TRUE(manifest->subject);
  EXPECT_EQ(oci_digest(*manifest->subject), kA);
}

TEST(OciManifestText, AnIndexKeepsManifestsAndBlobsApart) {
  const auto manifest =
      parse_oci_manifest(R"({"schemaVersion":2,"manifests":[)" +
                         descriptor("application/vnd.oci.image.manifest.v1+json", kA) + "," +
                         descriptor("application/vnd.oci.image.layer.v1.tar+gzip", kB) + "]}");
  ASSERT_TRUE(manifest);
  EXPECT_TRUE(manifest->index);
  ASSERT_EQ(manifest->manifests.size(), 1u);
  ASSERT_EQ(manifest->blobs.size(), 1u);
  EXPECT_EQ(oci_digest(manifest->blobs[0].digest), kB);
}

TEST(OciManifestText, BothShapesOfABuildkitCacheAreRecognised) {
  const std::string config = descriptor("application/vnd.buildkit.cacheconfig.v0", kA);
  for (const std::string& text :
       {R"({"manifests":[)" + config + "]}", R"({"config":)" + config + R"(,"layers":[]})"}) {
    const auto manifest = parse_oci_manifest(text);
    ASSERT_TRUE(manifest) << text;
    EXPECT_TRUE(manifest->buildkit_cache);
    EXPECT_EQ(manifest->blobs.size(), 1u);
  }
}

TEST(OciManifestText, LayersThatAreFetchedElsewhereNeedNotBeHere) {
  for (const char* type : {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                           "application/vnd.oci.image.layer.nondistributable.v1.tar"}) {
    const auto manifest = parse_oci_manifest(R"({"layers":[)" + descriptor(type, kA) + "]}");
    ASSERT_TRUE(manifest);
    EXPECT_TRUE(manifest->blobs.empty());
  }
}

TEST(OciManifestText, RefusesWhatClientsWouldReadDifferently) {
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("{}"), std::string("\"x\""),
        std::string(R"({"layers":{}})"), R"({"layers":[],"manifests":[]})" + std::string(),
        std::string(R"({"layers":[7]})"),
        std::string(R"({"layers":[{"digest":"sha256:00","size":1}]})"),
        R"({"layers":[{"digest":")" + kA + R"("}]})",
        R"({"layers":[{"digest":")" + kA + R"(","size":-1}]})",
        R"({"layers":[],"subject":{"digest":"x"}})" + std::string(), std::string(200'000, '[')}) {
    const auto manifest = parse_oci_manifest(bad);
    EXPECT_FALSE(manifest) << bad.substr(0, 80);
  }
}

TEST(OciManifestText, ListsAreJsonWhateverTheNames) {
  const auto tags = nlohmann::json::parse(oci_tags_json("a/b", {"x", "y"}));
  EXPECT_EQ(tags["name"], "a/b");
  EXPECT_EQ(tags["tags"].size(), 2u);
  EXPECT_EQ(nlohmann::json::parse(oci_tags_json("a", {}))["tags"], nlohmann::json::array());
  EXPECT_EQ(nlohmann::json::parse(oci_catalog_json({"a"}))["repositories"][0], "a");
  const auto list = nlohmann::json::parse(
      oci_referrers_json({{.manifest = {.digest = *parse_oci_digest(kA), .size = 5},
                           .type = "application/vnd.oci.image.manifest.v1+json",
                           .artifact_type = "\xff\"",
                           .annotations = R"({"a":"b"})"}}));
  EXPECT_EQ(list["mediaType"], std::string(kOciIndexType));
  EXPECT_EQ(list["manifests"][0]["digest"], kA);
  EXPECT_EQ(list["manifests"][0]["annotations"]["a"], "b");
  EXPECT_EQ(nlohmann::json::parse(oci_referrers_json({}))["manifests"], nlohmann::json::array());
}

}  // namespace
}  // namespace fabrik::adapters
