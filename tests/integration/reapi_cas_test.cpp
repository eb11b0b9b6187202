// ContentAddressableStorage, Capabilities, health and assets, rule by rule; the table
// in docs/reapi.md names the test of each.
#include <grpcpp/generic/generic_stub.h>

#include "tests/support/reapi_fixture.hpp"

#include "adapters/reapi/fast_cdc.hpp"

namespace fabrik::testing {
namespace {

using grpc::StatusCode;

namespace asset = ::build::bazel::remote::asset::v1;

class ReapiCas : public ReapiFixture {
 protected:
  void SetUp() override { start(); }

  void upload_as(const std::string& instance, std::string_view bytes) {
    ASSERT_TRUE(write(write_name(digest_of(bytes), instance), bytes).status.ok());
  }

  rex::BatchUpdateBlobsResponse put(const std::vector<std::pair<rex::Digest, std::string>>& blobs) {
    rex::BatchUpdateBlobsRequest request;
    for (const auto& [digest, data] : blobs) {
      auto& one = *request.add_requests();
      *one.mutable_digest() = digest;
      one.set_data(data);
    }
    rex::BatchUpdateBlobsResponse response;
    const auto status = update_batch(request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
};

TEST_F(ReapiCas, CapabilitiesSayWhatIsServed) {
  rex::ServerCapabilities all;
  rex::GetCapabilitiesRequest request;
  ASSERT_TRUE(capabilities_->GetCapabilities(context().get(), request, &all).ok());
  const auto& cache = all.cache_capabilities();
  EXPECT_EQ(cache.digest_functions_size(), 1);
  EXPECT_EQ(cache.digest_functions(0), rex::DigestFunction::SHA256);
  EXPECT_TRUE(cache.action_cache_update_capabilities().update_enabled());
  EXPECT_EQ(cache.cache_priority_capabilities().priorities_size(), 1);
  EXPECT_EQ(cache.max_batch_total_size_bytes(), 3145728);
  EXPECT_EQ(cache.symlink_absolute_path_strategy(), rex::SymlinkAbsolutePathStrategy::ALLOWED);
  EXPECT_EQ(cache.supported_compressors_size(), 0) << "not on loopback, unless asked";
  EXPECT_TRUE(cache.split_blob_support());
  EXPECT_TRUE(cache.splice_blob_support());
  EXPECT_EQ(cache.fast_cdc_2020_params().avg_chunk_size_bytes(), 524288U);
  EXPECT_EQ(all.low_api_version().major(), 2);
  EXPECT_EQ(all.high_api_version().minor(), 3);
  EXPECT_FALSE(all.has_execution_capabilities());
  request.set_instance_name("whatever/it is");
  EXPECT_TRUE(capabilities_->GetCapabilities(context().get(), request, &all).ok());
}

TEST_F(ReapiCas, CapabilitiesNameZstdWhereItIsOffered) {
  zstd_ = true;
  start();
  rex::ServerCapabilities all;
  ASSERT_TRUE(capabilities_->GetCapabilities(context().get(), {}, &all).ok());
  EXPECT_EQ(all.cache_capabilities().supported_compressors(0), rex::Compressor::ZSTD);
  EXPECT_EQ(all.cache_capabilities().supported_batch_update_compressors(0), rex::Compressor::ZSTD);
}

TEST_F(ReapiCas, FindMissingKnowsExactlyWhatIsThere) {
  upload("small");
  upload(random_bytes(200'000, 1));
  rex::Digest other_size = digest_of("small");
  other_size.set_size_bytes(6);
  EXPECT_EQ(missing({digest_of("small"), digest_of(""), digest_of("absent"), other_size,
                     digest_of(random_bytes(200'000, 1)), digest_of("small"), digest_of("")}),
            (std::vector{digest_of("absent").hash(), other_size.hash()}));
  EXPECT_TRUE(missing({}).empty());
}

TEST_F(ReapiCas, FindMissingTakesFifteenThousandDigests) {
  upload("there");
  std::vector<rex::Digest> digests;
  for (int i = 0; i < 15'000; ++i) {
    digests.push_back(i % 2 == 0 ? digest_of("there") : digest_of(std::to_string(i)));
  }
  EXPECT_EQ(missing(digests).size(), 7'500U);
}

TEST_F(ReapiCas, RefusesWhatIsNoDigest) {
  rex::FindMissingBlobsRequest request;
  rex::FindMissingBlobsResponse response;
  rex::Digest& digest = *request.add_blob_digests();
  for (const auto& [hash, size] : {std::pair<std::string, std::int64_t>{"", 1},
                                   {std::string(63, 'a'), 1},
                                   {std::string(64, 'A'), 1},
                                   {std::string(64, 'g'), 1},
                                   {std::string(64, 'a'), -1}}) {
    digest.set_hash(hash);
    digest.set_size_bytes(size);
    EXPECT_EQ(cas_->FindMissingBlobs(context().get(), request, &response).error_code(),
              StatusCode::INVALID_ARGUMENT)
        << hash << " " << size;
  }
  digest = digest_of("x");
  request.set_digest_function(rex::DigestFunction::SHA256);
  EXPECT_TRUE(cas_->FindMissingBlobs(context().get(), request, &response).ok());
  for (const int function : {2, 9, 77}) {
    request.set_digest_function(static_cast<rex::DigestFunction::Value>(function));
    EXPECT_EQ(cas_->FindMissingBlobs(context().get(), request, &response).error_code(),
              StatusCode::INVALID_ARGUMENT)
        << function;
  }
}

TEST_F(ReapiCas, BatchUpdateJudgesEachBlobByItself) {
  const auto response = put({{digest_of("one"), "one"},
                             {digest_of("two"), "not two"},
                             {digest_of(""), ""},
                             {rex::Digest(), "no digest"}});
  ASSERT_EQ(response.responses_size(), 4);
  for (const auto& one : response.responses()) {
    EXPECT_TRUE(one.has_status()) << "clients take its absence for success";
  }
  EXPECT_EQ(response.responses(0).status().code(), StatusCode::OK);
  EXPECT_EQ(response.responses(1).status().code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(response.responses(2).status().code(), StatusCode::OK);
  EXPECT_EQ(response.responses(3).status().code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(missing({digest_of("one"), digest_of("two")}), std::vector{digest_of("two").hash()});
  EXPECT_EQ(mismatches("BatchUpdateBlobs"), 1U);
  rex::Digest other_size = digest_of("one");
  other_size.set_size_bytes(4);
  EXPECT_EQ(put({{other_size, "one"}}).responses(0).status().code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiCas, BatchUpdateRefusesCompressorsThatAreNotOffered) {
  rex::BatchUpdateBlobsRequest request;
  auto& one = *request.add_requests();
  *one.mutable_digest() = digest_of("x");
  one.set_data("x");
  one.set_compressor(rex::Compressor::ZSTD);
  rex::BatchUpdateBlobsResponse response;
  ASSERT_TRUE(update_batch(request, response).ok());
  EXPECT_EQ(response.responses(0).status().code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiCas, BatchUpdateOverTheLimitIsRefusedAsAWhole) {
  rex::BatchUpdateBlobsRequest request;
  for (unsigned i = 0; i < 4; ++i) {
    const Content data = random_bytes(1 << 20, i);
    auto& one = *request.add_requests();
    *one.mutable_digest() = digest_of(data);
    one.set_data(data);
  }
  rex::BatchUpdateBlobsResponse response;
  EXPECT_EQ(update_batch(request, response).error_code(), StatusCode::INVALID_ARGUMENT);
  request.mutable_requests()->RemoveLast();
  EXPECT_TRUE(update_batch(request, response).ok()) << "exactly the limit";
  EXPECT_EQ(response.responses(2).status().code(), 0);
}

TEST_F(ReapiCas, BatchReadAnswersForEachBlob) {
  const Content large = random_bytes(300'000, 1);
  upload("small");
  upload(large);
  rex::BatchReadBlobsRequest request;
  for (const auto& digest :
       {digest_of("small"), digest_of("absent"), digest_of(large), digest_of("")}) {
    *request.add_digests() = digest;
  }
  rex::BatchReadBlobsResponse response;
  ASSERT_TRUE(read_batch(request, response).ok());
  EXPECT_EQ(response.responses(0).data(), "small");
  EXPECT_EQ(response.responses(1).status().code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(response.responses(1).data(), "");
  EXPECT_EQ(Content(response.responses(2).data()), large);
  EXPECT_EQ(response.responses(3).status().code(), StatusCode::OK);
}

TEST_F(ReapiCas, BatchReadDropsDamagedBlobs) {
  const Content large = random_bytes(300'000, 1);
  upload(large);
  flip_byte(file_of(large), 299'999);
  rex::BatchReadBlobsRequest request;
  *request.add_digests() = digest_of(large);
  rex::BatchReadBlobsResponse response;
  ASSERT_TRUE(read_batch(request, response).ok());
  EXPECT_EQ(response.responses(0).status().code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(response.responses(0).data(), "");
  EXPECT_EQ(missing({digest_of(large)}).size(), 1U);
}

TEST_F(ReapiCas, BatchReadAnswersFitIntoFourMebibytes) {
  rex::BatchReadBlobsRequest request;
  rex::BatchReadBlobsResponse response;
  rex::Digest& digest = *request.add_digests();
  digest = digest_of("x");
  for (const std::int64_t size : {std::int64_t{3 << 20} + 1, std::int64_t{1} << 62}) {
    digest.set_size_bytes(size);
    EXPECT_EQ(read_batch(request, response).error_code(), StatusCode::INVALID_ARGUMENT) << size;
  }
  request.clear_digests();
  upload("tiny");
  for (int i = 0; i < 20'000; ++i) {
    *request.add_digests() = digest_of("tiny");
  }
  ASSERT_TRUE(read_batch(request, response).ok());
  EXPECT_LT(response.ByteSizeLong(), std::size_t{4 << 20});
  for (int i = 0; i < 20'000; ++i) {
    *request.add_digests() = digest_of("tiny");
  }
  EXPECT_EQ(read_batch(request, response).error_code(), StatusCode::INVALID_ARGUMENT);
}

// --- GetTree -----------------------------------------------------------------

class ReapiTree : public ReapiCas {
 protected:
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

class ReapiChunks : public ReapiCas {
 protected:
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

// --- instances, health, unknown methods, assets ------------------------------

TEST_F(ReapiCas, InstancesOutsideOfTheListAreNotFound) {
  tools_.bazel_instances = {"main", "team-*"};
  start();
  upload_as("main", "x");
  upload_as("team-a", "x");
  rex::FindMissingBlobsRequest request;
  rex::FindMissingBlobsResponse response;
  for (const char* name : {"", "other", "mainx"}) {
    request.set_instance_name(name);
    EXPECT_EQ(cas_->FindMissingBlobs(context().get(), request, &response).error_code(),
              StatusCode::NOT_FOUND)
        << name;
    EXPECT_EQ(read(read_name(digest_of("x"), name)).status.error_code(), StatusCode::NOT_FOUND);
    EXPECT_EQ(write(write_name(digest_of("y"), name), "y").status.error_code(),
              StatusCode::NOT_FOUND);
  }
  request.set_instance_name("main/blobs");
  EXPECT_EQ(cas_->FindMissingBlobs(context().get(), request, &response).error_code(),
            StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiCas, HealthKnowsItsServices) {
  const auto stub = grpc::health::v1::Health::NewStub(channel_);
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  for (const char* service :
       {"", "build.bazel.remote.execution.v2.Capabilities", "google.bytestream.ByteStream"}) {
    request.set_service(service);
    ASSERT_TRUE(stub->Check(context().get(), request, &response).ok()) << service;
    EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  }
  request.set_service("no.such.Service");
  EXPECT_EQ(stub->Check(context().get(), request, &response).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ReapiCas, AHealthWatcherHearsTheStateAndTheEnd) {
  const auto stub = grpc::health::v1::Health::NewStub(channel_);
  const auto call = context();
  const auto stream = stub->Watch(call.get(), {});
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.status(), grpc::health::v1::HealthCheckResponse::SERVING);
  EXPECT_FALSE(server_->busy()) << "probes keep no idle worker";
  EXPECT_TRUE(server_->drain(std::chrono::seconds(60)));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(ReapiCas, OtherServicesAndMethodsAreUnimplemented) {
  grpc::GenericStub stub(channel_);
  for (const char* method : {"/build.bazel.remote.execution.v2.Execution/Execute",
                             "/google.bytestream.ByteStream/Erase", "/nonsense"}) {
    grpc::CompletionQueue queue;
    const auto with_deadline = context();
    const auto call =
        stub.PrepareUnaryCall(with_deadline.get(), method, grpc::ByteBuffer(), &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
    EXPECT_EQ(status.error_code(), StatusCode::UNIMPLEMENTED) << method;
  }
}

class ReapiAssets : public ReapiCas {
 protected:
  void SetUp() override {
    start();
    fetch_ = asset::Fetch::NewStub(channel_);
    push_ = asset::Push::NewStub(channel_);
  }
  asset::FetchBlobResponse fetch(const std::string& uri, const std::string& sri = "") {
    asset::FetchBlobRequest request;
    request.add_uris(uri);
    if (!sri.empty()) {
      request.add_qualifiers()->set_name("checksum.sri");
      request.mutable_qualifiers(0)->set_value(sri);
    }
    asset::FetchBlobResponse response;
    const auto status = fetch_->FetchBlob(context().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status push(const std::string& uri, std::string_view blob, std::int64_t expires = 0) {
    asset::PushBlobRequest request;
    request.add_uris(uri);
    *request.mutable_blob_digest() = digest_of(blob);
    if (expires != 0) {
      request.mutable_expire_at()->set_seconds(expires);
    }
    asset::PushBlobResponse response;
    return push_->PushBlob(context().get(), request, &response);
  }
  std::unique_ptr<asset::Fetch::Stub> fetch_;
  std::unique_ptr<asset::Push::Stub> push_;
};

TEST_F(ReapiAssets, WhatWasPushedIsFound) {
  upload("archive");
  ASSERT_TRUE(push("https://example.com/a.zip", "archive").ok());
  const auto found = fetch("https://example.com/a.zip");
  EXPECT_EQ(found.status().code(), 0);
  EXPECT_EQ(found.blob_digest().hash(), digest_of("archive").hash());
  EXPECT_EQ(found.uri(), "https://example.com/a.zip");
  EXPECT_EQ(fetch("https://example.com/b.zip").status().code(), StatusCode::NOT_FOUND);
}

TEST_F(ReapiAssets, AChecksumIsFoundWithoutAPush) {
  upload("hello");
  const auto found = fetch("https://x", "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
  EXPECT_EQ(found.status().code(), 0) << found.status().message();
  EXPECT_EQ(found.blob_digest().hash(), digest_of("hello").hash());
  EXPECT_EQ(found.blob_digest().size_bytes(), 5);
}

TEST_F(ReapiAssets, ExpiredOrMissingOnesAreNotFound) {
  upload("archive");
  ASSERT_TRUE(push("https://old", "archive", 1).ok());
  EXPECT_EQ(fetch("https://old").status().code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(push("https://x", "never uploaded").error_code(), StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace fabrik::testing
