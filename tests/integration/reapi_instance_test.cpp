// What one instance name sees of another's, and who is written down for what it stores.
#include "tests/support/reapi_fixture.hpp"
#include "tests/support/recorded_writes.hpp"

namespace fabrik::testing {
namespace {

using grpc::StatusCode;

namespace asset = ::build::bazel::remote::asset::v1;

class ReapiInstances : public ReapiFixture {
 protected:
  void SetUp() override { start(); }

  grpc::Status upload_as(const std::string& instance, std::string_view bytes) {
    return write(write_name(digest_of(bytes), instance), bytes).status;
  }
  StatusCode read_as(const std::string& instance, std::string_view bytes) {
    return read(read_name(digest_of(bytes), instance)).status.error_code();
  }
};

TEST_F(ReapiInstances, SeeNoBlobsOfEachOther) {
  const Content blob = random_bytes(200'000, 1);
  ASSERT_TRUE(upload_as("one", blob).ok());
  for (const char* other : {"two", "", "one/more"}) {
    EXPECT_EQ(missing({digest_of(blob)}, other).size(), 1U) << other;
    EXPECT_EQ(read_as(other, blob), StatusCode::NOT_FOUND) << other;
    EXPECT_FALSE(query(write_name(digest_of(blob), other)).complete()) << other;
    rex::BatchReadBlobsRequest request;
    request.set_instance_name(other);
    *request.add_digests() = digest_of(blob);
    rex::BatchReadBlobsResponse response;
    ASSERT_TRUE(read_batch(request, response).ok());
    EXPECT_EQ(response.responses(0).status().code(), StatusCode::NOT_FOUND);
    EXPECT_EQ(response.responses(0).data(), "");
    rex::SplitBlobRequest split;
    split.set_instance_name(other);
    *split.mutable_blob_digest() = digest_of(blob);
    rex::SplitBlobResponse chunks;
    EXPECT_EQ(cas_->SplitBlob(context().get(), split, &chunks).error_code(), StatusCode::NOT_FOUND);
  }
  EXPECT_TRUE(missing({digest_of(blob)}, "one").empty());
  EXPECT_EQ(read_as("one", blob), StatusCode::OK);
}

TEST_F(ReapiInstances, SeeNoTreesAndAssetsOfEachOther) {
  const std::string root = rex::Directory().SerializeAsString() +
                           "\x0a\x03\x0a\x01"
                           "f";
  ASSERT_TRUE(upload_as("one", root).ok());
  rex::GetTreeRequest tree;
  rex::GetTreeResponse page;
  asset::FetchBlobRequest request;
  request.add_uris("https://example.org/f");
  asset::PushBlobRequest push;
  push.add_uris("https://example.org/f");
  *tree.mutable_root_digest() = digest_of(root);
  *push.mutable_blob_digest() = digest_of(root);
  push.set_instance_name("two");
  asset::PushBlobResponse pushed;
  const auto pusher = asset::Push::NewStub(channel_);
  EXPECT_EQ(pusher->PushBlob(context().get(), push, &pushed).error_code(), StatusCode::NOT_FOUND);
  push.set_instance_name("one");
  ASSERT_TRUE(pusher->PushBlob(context().get(), push, &pushed).ok());
  for (const bool own : {true, false}) {
    tree.set_instance_name(own ? "one" : "two");
    const auto call = context();
    const auto stream = cas_->GetTree(call.get(), tree);
    while (stream->Read(&page)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), own ? StatusCode::OK : StatusCode::NOT_FOUND);
    request.set_instance_name(own ? "one" : "two");
    asset::FetchBlobResponse response;
    ASSERT_TRUE(
        asset::Fetch::NewStub(channel_)->FetchBlob(context().get(), request, &response).ok());
    EXPECT_EQ(response.status().code(), own ? StatusCode::OK : StatusCode::NOT_FOUND);
  }
}

TEST_F(ReapiInstances, HaveABlobOnlyWhenTheySendAllOfItThemselves) {
  const Content blob = random_bytes(400'000, 2);
  ASSERT_TRUE(upload_as("one", blob).ok());
  Content wrong = blob;
  wrong.back() ^= 1;
  EXPECT_EQ(write(write_name(digest_of(blob), "two"), wrong).status.error_code(),
            StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(read_as("two", blob), StatusCode::NOT_FOUND);
  // Its name in a result is no proof either.
  rex::ActionResult result;
  auto& file = *result.add_output_files();
  file.set_path("out");
  *file.mutable_digest() = digest_of(blob);
  ASSERT_TRUE(put_result("action", result, "two").ok());
  EXPECT_EQ(get_result("action", result, "two").error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(read_as("two", blob), StatusCode::NOT_FOUND);

  ASSERT_TRUE(upload_as("two", blob).ok());
  EXPECT_EQ(read_as("two", blob), StatusCode::OK);
  EXPECT_EQ(store().stats().blobs, 2U) << "the bytes are stored once; the other is the result";
}

TEST_F(ReapiInstances, KeepTheirBlobsAcrossARestart) {
  ASSERT_TRUE(upload_as("one", "kept").ok());
  start();
  EXPECT_EQ(read_as("one", "kept"), StatusCode::OK);
  EXPECT_EQ(read_as("two", "kept"), StatusCode::NOT_FOUND);
}

// --- the audit ---------------------------------------------------------------

class ReapiAudit : public ReapiInstances {
 protected:
  void SetUp() override {
    audit_ = &records_;
    start();
  }
  std::unique_ptr<grpc::ClientContext> as_tool() const {
    rex::RequestMetadata metadata;
    metadata.mutable_tool_details()->set_tool_name("bazel");
    metadata.mutable_tool_details()->set_tool_version("9.0");
    metadata.set_tool_invocation_id("run-1");
    auto call = context();
    call->AddMetadata("build.bazel.remote.execution.v2.requestmetadata-bin",
                      metadata.SerializeAsString());
    return call;
  }
  // The only record since the last time, which says who and what.
  void expect_record(cache::Space space, const std::string& key, std::string_view bytes) {
    const auto records = records_.take();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].key, (cache::EntryKey{space, "team", key}));
    EXPECT_EQ(records[0].origin.writer, "uid " + std::to_string(::geteuid()));
    EXPECT_EQ(records[0].origin.tool, "bazel/9.0");
    EXPECT_EQ(records[0].origin.invocation, "run-1");
    if (!bytes.empty()) {
      EXPECT_EQ(records[0].blob.digest.hex(), digest_of(bytes).hash());
      EXPECT_EQ(records[0].blob.size, bytes.size());
    }
  }

  RecordedWrites records_;
};

TEST_F(ReapiAudit, NamesEveryBlobThatWasStored) {
  rex::BatchUpdateBlobsRequest batch;
  batch.set_instance_name("team");
  auto& one = *batch.add_requests();
  *one.mutable_digest() = digest_of("first half ");
  one.set_data("first half ");
  rex::BatchUpdateBlobsResponse updated;
  ASSERT_TRUE(cas_->BatchUpdateBlobs(as_tool().get(), batch, &updated).ok());
  expect_record(cache::Space::cas, digest_of("first half ").hash(), "first half ");

  const auto call = as_tool();
  bs::WriteResponse response;
  const auto stream = bytes_->Write(call.get(), &response);
  bs::WriteRequest message;
  message.set_resource_name(write_name(digest_of("second half"), "team"));
  message.set_data("second half");
  message.set_finish_write(true);
  stream->Write(message);
  stream->WritesDone();
  ASSERT_TRUE(stream->Finish().ok());
  expect_record(cache::Space::cas, digest_of("second half").hash(), "second half");

  const std::string whole = "first half second half";
  rex::SpliceBlobRequest splice;
  splice.set_instance_name("team");
  *splice.mutable_blob_digest() = digest_of(whole);
  *splice.add_chunk_digests() = digest_of("first half ");
  *splice.add_chunk_digests() = digest_of("second half");
  rex::SpliceBlobResponse spliced;
  ASSERT_TRUE(cas_->SpliceBlob(as_tool().get(), splice, &spliced).ok());
  expect_record(cache::Space::cas, digest_of(whole).hash(), whole);
}

TEST_F(ReapiAudit, NamesEveryResultAndAsset) {
  rex::UpdateActionResultRequest update;
  update.set_instance_name("team");
  *update.mutable_action_digest() = digest_of("action");
  update.mutable_action_result()->set_exit_code(1);
  rex::ActionResult stored;
  ASSERT_TRUE(actions_->UpdateActionResult(as_tool().get(), update, &stored).ok());
  expect_record(cache::Space::bazel, digest_of("action").hash(), stored.SerializeAsString());

  ASSERT_TRUE(upload_as("team", "asset").ok());
  records_.take();
  asset::PushBlobRequest push;
  push.set_instance_name("team");
  push.add_uris("https://example.org/a");
  *push.mutable_blob_digest() = digest_of("asset");
  asset::PushBlobResponse pushed;
  ASSERT_TRUE(asset::Push::NewStub(channel_)->PushBlob(as_tool().get(), push, &pushed).ok());
  const auto records = records_.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].key.space, cache::Space::assets);
  EXPECT_EQ(records[0].key.ns, "team");
  EXPECT_EQ(records[0].origin.tool, "bazel/9.0");
  EXPECT_EQ(records[0].blob.digest.hex(), digest_of("asset").hash());
}

TEST_F(ReapiAudit, NamesChunksAndCarriedDataToo) {
  const Content blob = random_bytes(6 << 20, 4);
  ASSERT_TRUE(upload_as("team", blob).ok());
  records_.take();
  rex::SplitBlobRequest split;
  split.set_instance_name("team");
  *split.mutable_blob_digest() = digest_of(blob);
  rex::SplitBlobResponse chunks;
  ASSERT_TRUE(cas_->SplitBlob(as_tool().get(), split, &chunks).ok());
  EXPECT_EQ(records_.take().size(), static_cast<std::size_t>(chunks.chunk_digests_size()));

  rex::ActionResult result;
  result.set_stdout_raw("carried");
  ASSERT_TRUE(put_result("action", result, "team").ok());
  EXPECT_EQ(records_.take().size(), 2U);
}

TEST_F(ReapiAudit, SaysNothingOfWhatWasRefusedOrThereAlready) {
  ASSERT_TRUE(upload_as("team", "once").ok());
  EXPECT_EQ(records_.take().size(), 1U);
  ASSERT_TRUE(upload_as("team", "once").ok());
  EXPECT_FALSE(write(write_name(digest_of("right"), "team"), "wrong").status.ok());
  EXPECT_TRUE(records_.take().empty());
}

}  // namespace
}  // namespace fabrik::testing
