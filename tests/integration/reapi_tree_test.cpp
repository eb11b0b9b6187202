// Trees, and blobs in chunks: GetTree, SplitBlob and SpliceBlob.
#include "tests/support/reapi_fixture.hpp"

#include "adapters/reapi/fast_cdc.hpp"

namespace fabrik::testing {
namespace {

using grpc::StatusCode;

// --- GetTree -----------------------------------------------------------------

class ReapiTree : public ReapiFixture {
 protected:
  void SetUp() override { start(); }
  // A root with `width` directories, each of which holds the same one.
  rex::Digest make_tree(int width) {
    rex::Directory leaf;
    leaf.add_files()->set_name("file");
    upload(leaf.SerializeAsString());
    rex::Directory root;
    for (int i = 0; i < width; ++i) {
      rex::Directory middle;
      middle.add_files()->set_name("f" + std::to_string(i));
      auto& node = *middle.add_directories();
      node.set_name("same");
      *node.mutable_digest() = digest_of(leaf.SerializeAsString());
      upload(middle.SerializeAsString());
      auto& child = *root.add_directories();
      child.set_name("d" + std::to_string(i));
      *child.mutable_digest() = digest_of(middle.SerializeAsString());
    }
    root_ = root;
    upload(root.SerializeAsString());
    return digest_of(root.SerializeAsString());
  }
  grpc::Status get(const rex::GetTreeRequest& request, std::vector<rex::Directory>& directories,
                   std::string* token = nullptr) {
    const auto call = context();
    const auto stream = cas_->GetTree(call.get(), request);
    rex::GetTreeResponse page;
    while (stream->Read(&page)) {
      directories.insert(directories.end(), page.directories().begin(), page.directories().end());
      if (token != nullptr) {
        *token = page.next_page_token();
      }
    }
    return stream->Finish();
  }
  rex::Directory root_;
};

TEST_F(ReapiTree, GivesEachDirectoryOnceTheRootFirst) {
  rex::GetTreeRequest request;
  *request.mutable_root_digest() = make_tree(5);
  std::vector<rex::Directory> all;
  ASSERT_TRUE(get(request, all).ok());
  ASSERT_EQ(all.size(), 7U) << "root, five, and the one that is in all of them";
  EXPECT_EQ(all[0].SerializeAsString(), root_.SerializeAsString());
}

TEST_F(ReapiTree, GivesPagesOfTheSizeAskedFor) {
  rex::GetTreeRequest request;
  *request.mutable_root_digest() = make_tree(5);
  request.set_page_size(3);
  std::vector<rex::Directory> all;
  std::string token;
  ASSERT_TRUE(get(request, all, &token).ok());
  EXPECT_EQ(all.size(), 3U);
  while (!token.empty()) {
    request.set_page_token(std::exchange(token, ""));
    ASSERT_TRUE(get(request, all, &token).ok());
  }
  EXPECT_EQ(all.size(), 7U);
  request.set_page_token("nonsense");
  EXPECT_EQ(get(request, all).error_code(), StatusCode::INVALID_ARGUMENT);
  request.set_page_token("");
  request.set_page_size(-1);
  EXPECT_EQ(get(request, all).error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiTree, LeavesMissingChildrenOutButNeedsTheRoot) {
  rex::Directory root;
  auto& node = *root.add_directories();
  node.set_name("gone");
  *node.mutable_digest() = digest_of("not there");
  upload(root.SerializeAsString());
  rex::GetTreeRequest request;
  *request.mutable_root_digest() = digest_of(root.SerializeAsString());
  std::vector<rex::Directory> all;
  EXPECT_TRUE(get(request, all).ok());
  EXPECT_EQ(all.size(), 1U);
  *request.mutable_root_digest() = digest_of("not there");
  EXPECT_EQ(get(request, all).error_code(), StatusCode::NOT_FOUND);
}

// --- SplitBlob and SpliceBlob ------------------------------------------------

class ReapiChunks : public ReapiFixture {
 protected:
  void SetUp() override { start(); }
  grpc::Status split(const rex::Digest& blob, rex::SplitBlobResponse& response) {
    rex::SplitBlobRequest request;
    *request.mutable_blob_digest() = blob;
    return cas_->SplitBlob(context().get(), request, &response);
  }
  grpc::Status splice(const rex::SpliceBlobRequest& request) {
    rex::SpliceBlobResponse response;
    return cas_->SpliceBlob(context().get(), request, &response);
  }
};

TEST_F(ReapiChunks, SplitsOnDemandAndSplicesBack) {
  const Content blob = random_bytes(6 << 20, 1);
  upload(blob);
  rex::SplitBlobResponse chunks;
  ASSERT_TRUE(split(digest_of(blob), chunks).ok());
  EXPECT_GT(chunks.chunk_digests_size(), 3);
  EXPECT_EQ(chunks.chunking_function(), rex::ChunkingFunction::FAST_CDC_2020);
  std::string joined;
  for (const rex::Digest& chunk : chunks.chunk_digests()) {
    const ReadAnswer answer = read(read_name(chunk));
    ASSERT_TRUE(answer.status.ok()) << "each chunk is a blob";
    EXPECT_LE(answer.data.size(), adapters::reapi::kLargestChunk);
    joined += answer.data;
  }
  EXPECT_EQ(Content(joined), blob);
}

TEST_F(ReapiChunks, SplicesABlobThatWasNotThere) {
  const Content blob = random_bytes(500'000, 2);
  rex::SpliceBlobRequest request;
  *request.mutable_blob_digest() = digest_of(blob);
  for (const Content& part : {Content(blob.substr(0, 200'000)), Content(blob.substr(200'000))}) {
    upload(part);
    *request.add_chunk_digests() = digest_of(part);
  }
  const auto status = splice(request);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(read(read_name(digest_of(blob))).data, blob);
  EXPECT_TRUE(splice(request).ok()) << "there already";
}

TEST_F(ReapiChunks, RefuseWhatDoesNotFit) {
  upload("a");
  upload("b");
  rex::SpliceBlobRequest request;
  *request.mutable_blob_digest() = digest_of("ba");
  *request.add_chunk_digests() = digest_of("a");
  *request.add_chunk_digests() = digest_of("b");
  EXPECT_EQ(splice(request).error_code(), StatusCode::INVALID_ARGUMENT) << "the wrong order";
  EXPECT_EQ(mismatches("SpliceBlob"), 1U);
  *request.add_chunk_digests() = digest_of("absent");
  EXPECT_EQ(splice(request).error_code(), StatusCode::NOT_FOUND);
  request.set_chunking_function(rex::ChunkingFunction::REP_MAX_CDC);
  EXPECT_EQ(splice(request).error_code(), StatusCode::INVALID_ARGUMENT);
  rex::SplitBlobResponse response;
  EXPECT_EQ(split(digest_of("absent"), response).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ReapiChunks, LeaveSmallBlobsWhole) {
  upload("small");
  rex::SplitBlobResponse response;
  ASSERT_TRUE(split(digest_of("small"), response).ok());
  ASSERT_EQ(response.chunk_digests_size(), 1);
  EXPECT_EQ(response.chunk_digests(0).hash(), digest_of("small").hash());
}

}  // namespace
}  // namespace fabrik::testing
