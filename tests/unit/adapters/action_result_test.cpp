#include "adapters/shared/action_result.hpp"

#include <gtest/gtest.h>

#include "adapters/bazel/routes.hpp"
#include "tests/support/action_results.hpp"

namespace fabrik::adapters {
namespace {

using testing::action_with_file;
using testing::action_with_tree;
using testing::bytes_field;
using testing::digest_message;
using testing::number_field;
using testing::ref_of;
using testing::tree_with_file;

bool is_result(const std::string& bytes) {
  return action_references(as_bytes(bytes)).has_value();
}

TEST(ActionResult, NamesItsOutputs) {
  const std::string bytes =
      action_with_file("a/out", "one") + number_field(4, 1) + bytes_field(5, "raw stdout") +
      bytes_field(6, digest_message("out")) + bytes_field(8, digest_message("err")) +
      bytes_field(9, bytes_field(1, "worker")) + action_with_tree("dir", "tree");
  const auto references = action_references(as_bytes(bytes));
  ASSERT_TRUE(references);
  EXPECT_EQ(references->blobs, (std::vector{ref_of("one"), ref_of("out"), ref_of("err")}));
  ASSERT_EQ(references->trees.size(), 1u);
  EXPECT_EQ(references->trees[0].tree, ref_of("tree"));
  EXPECT_FALSE(references->trees[0].with_directories);
}

TEST(ActionResult, OutputsWithTheirContentsNeedNoBlob) {
  const std::string file =
      bytes_field(1, "p") + bytes_field(2, digest_message("inline")) + bytes_field(5, "inline");
  const auto references = action_references(as_bytes(bytes_field(2, file)));
  ASSERT_TRUE(references);
  EXPECT_TRUE(references->blobs.empty());
}

TEST(ActionResult, IsNotEveryKindOfBytes) {
  EXPECT_TRUE(is_result(number_field(4, 0)));
  EXPECT_FALSE(is_result(""));
  EXPECT_FALSE(is_result("cCrS\x01"));
  EXPECT_FALSE(is_result("{\"exitCode\":0}"));
  EXPECT_FALSE(is_result(action_with_file("/absolute", "x")));
  EXPECT_FALSE(is_result(action_with_file("", "x")));
  EXPECT_FALSE(is_result(bytes_field(2, bytes_field(1, "p"))));
  EXPECT_FALSE(is_result(bytes_field(2, bytes_field(1, "p") + bytes_field(2, "x"))));
  EXPECT_FALSE(is_result(bytes_field(4, "an exit code is a number")));
  EXPECT_FALSE(is_result(number_field(20, 1)));  // nothing that we know
}

TEST(ActionResult, EveryPrefixIsReadSafely) {
  const std::string bytes =
      action_with_file("a/out", "one") + action_with_tree("dir", "tree") + number_field(4, 300);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);  // so that a sanitizer sees its end
    const auto references = action_references(as_bytes(cut));
    EXPECT_LE(references ? references->blobs.size() : 0, 1u) << size;
  }
  EXPECT_TRUE(is_result(bytes));
  for (const std::size_t missing : {1, 2, 3}) {  // inside the exit code, then without it
    EXPECT_EQ(is_result(bytes.substr(0, bytes.size() - missing)), missing == 3) << missing;
  }
}

TEST(ActionResult, TreesNameFilesAndWhenAskedDirectories) {
  const std::string node = bytes_field(1, "sub") + bytes_field(2, digest_message("directory"));
  const std::string tree = tree_with_file("f", "root file") + bytes_field(2, bytes_field(2, node)) +
                           tree_with_file("g", "more");
  EXPECT_EQ(tree_references(as_bytes(tree), false),
            (std::vector{ref_of("root file"), ref_of("more")}));
  EXPECT_EQ(tree_references(as_bytes(tree), true),
            (std::vector{ref_of("root file"), ref_of("directory"), ref_of("more")}));
  EXPECT_FALSE(tree_references(as_bytes(std::string_view("\x0a\xff")), false));
}

TEST(BazelRoutes, TakeAnyPrefixAsTheNamespace) {
  const std::string hash(64, '7');
  const auto ns = [&](const std::string& prefix) {
    const auto target = parse_bazel_path(prefix + "/cas/" + hash);
    return target ? target->ns : "(none)";
  };
  EXPECT_EQ(ns(""), "");
  EXPECT_EQ(ns("/"), "");
  EXPECT_EQ(ns("/moon-outputs"), "moon-outputs");
  EXPECT_EQ(ns("//a//b/"), "a/b");
  EXPECT_EQ(ns("/a%20b"), "(none)");
  EXPECT_EQ(ns("/a/../b"), "(none)");
  EXPECT_EQ(ns("/" + std::string(300, 'x')), "(none)");
}

TEST(BazelRoutes, TellActionsFromBlobsAndNamesFromJunk) {
  const std::string hash(64, '7');
  EXPECT_EQ(parse_bazel_path("/ac/" + hash)->store, BazelStore::action_cache);
  EXPECT_EQ(parse_bazel_path("/cas/" + hash)->store, BazelStore::blobs);
  EXPECT_FALSE(parse_bazel_path("/ac/xyz")->hash);
  EXPECT_FALSE(parse_bazel_path("/cache/" + hash));
  EXPECT_FALSE(parse_bazel_path("/ac/" + hash + "/"));
  EXPECT_FALSE(parse_bazel_path("/"));
}

TEST(BazelRoutes, ReadAcceptHeaders) {
  EXPECT_TRUE(accepts("gzip, ZSTD", "zstd"));
  EXPECT_TRUE(accepts("zstd;q=0.5", "zstd"));
  EXPECT_FALSE(accepts("zstd;q=0", "zstd"));
  EXPECT_FALSE(accepts("zstd; q=0.00", "zstd"));
  EXPECT_FALSE(accepts("gzip", "zstd"));
  EXPECT_FALSE(accepts("", "zstd"));
}

}  // namespace
}  // namespace fabrik::adapters
