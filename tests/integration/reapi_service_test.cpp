// Beside the blobs: capabilities, instances, health, unknown methods, assets.
#include <grpcpp/generic/generic_stub.h>

#include "tests/support/reapi_fixture.hpp"

namespace fabrik::testing {
namespace {

using grpc::StatusCode;

namespace asset = ::build::bazel::remote::asset::v1;

class ReapiService : public ReapiFixture {
 protected:
  void SetUp() override { start(); }

  void upload_as(const std::string& instance, std::string_view bytes) {
    ASSERT_TRUE(write(write_name(digest_of(bytes), instance), bytes).status.ok());
  }
};

TEST_F(ReapiService, CapabilitiesSayWhatIsServed) {
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

TEST_F(ReapiService, CapabilitiesNameZstdWhereItIsOffered) {
  zstd_ = true;
  start();
  rex::ServerCapabilities all;
  ASSERT_TRUE(capabilities_->GetCapabilities(context().get(), {}, &all).ok());
  EXPECT_EQ(all.cache_capabilities().supported_compressors(0), rex::Compressor::ZSTD);
  EXPECT_EQ(all.cache_capabilities().supported_batch_update_compressors(0), rex::Compressor::ZSTD);
}

TEST_F(ReapiService, InstancesOutsideOfTheListAreNotFound) {
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

TEST_F(ReapiService, HealthKnowsItsServices) {
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

TEST_F(ReapiService, AHealthWatcherHearsTheStateAndTheEnd) {
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

TEST_F(ReapiService, OtherServicesAndMethodsAreUnimplemented) {
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

class ReapiAssets : public ReapiFixture {
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
