// gRPC on a server where every call has to prove who makes it.
#include <gtest/gtest.h>

#include "tests/support/fake_authenticator.hpp"
#include "tests/support/reapi_fixture.hpp"
#include "tests/support/recorded_writes.hpp"

namespace fabrik::testing {
namespace {

class ReapiCaller : public ReapiFixture {
 protected:
  void SetUp() override {
    policy_.authenticator = &authenticator_;
    audit_ = &records_;
    start();
  }

  std::unique_ptr<grpc::ClientContext> as(const std::string& token) const {
    auto call = context();
    if (!token.empty()) {
      call->AddMetadata("authorization", "Bearer " + token);
    }
    return call;
  }

  grpc::StatusCode find_missing(const std::string& token) {
    rex::FindMissingBlobsRequest request;
    *request.add_blob_digests() = digest_of("bytes");
    rex::FindMissingBlobsResponse response;
    return cas_->FindMissingBlobs(as(token).get(), request, &response).error_code();
  }

  grpc::StatusCode update(const std::string& token) {
    rex::BatchUpdateBlobsRequest request;
    auto& one = *request.add_requests();
    *one.mutable_digest() = digest_of("bytes");
    one.set_data("bytes");
    rex::BatchUpdateBlobsResponse response;
    return cas_->BatchUpdateBlobs(as(token).get(), request, &response).error_code();
  }

  FakeAuthenticator authenticator_;
  RecordedWrites records_;
};

TEST_F(ReapiCaller, NobodyIsServedWithoutProof) {
  EXPECT_EQ(find_missing(""), grpc::UNAUTHENTICATED);
  EXPECT_EQ(find_missing("nobody"), grpc::UNAUTHENTICATED);
  EXPECT_EQ(find_missing("later"), grpc::UNAVAILABLE);
  EXPECT_EQ(find_missing("reader"), grpc::OK);
}

TEST_F(ReapiCaller, WhoMayOnlyReadDoesNotWrite) {
  EXPECT_EQ(update("reader"), grpc::PERMISSION_DENIED);
  EXPECT_EQ(update("writer"), grpc::OK);
  EXPECT_EQ(find_missing("admin"), grpc::PERMISSION_DENIED);
}

TEST_F(ReapiCaller, WhatItWritesIsRecordedUnderItsName) {
  ASSERT_EQ(update("writer"), grpc::OK);
  const auto records = records_.take();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].origin.writer, "token writer");
}

TEST_F(ReapiCaller, EveryMethodThatWritesNeedsTheRightTo) {
  const auto denied = [](const grpc::Status& status) {
    return status.error_code() == grpc::PERMISSION_DENIED;
  };
  rex::UpdateActionResultRequest update;
  rex::ActionResult result;
  EXPECT_TRUE(denied(actions_->UpdateActionResult(as("reader").get(), update, &result)));
  rex::SpliceBlobRequest splice;
  rex::SpliceBlobResponse spliced;
  EXPECT_TRUE(denied(cas_->SpliceBlob(as("reader").get(), splice, &spliced)));
  bs::WriteResponse written;
  const auto call = as("reader");
  const auto stream = bytes_->Write(call.get(), &written);
  stream->WritesDone();
  EXPECT_TRUE(denied(stream->Finish()));
  namespace asset = build::bazel::remote::asset::v1;
  const auto push = asset::Push::NewStub(channel_);
  asset::PushBlobRequest blob;
  asset::PushBlobResponse pushed;
  EXPECT_TRUE(denied(push->PushBlob(as("reader").get(), blob, &pushed)));
}

TEST_F(ReapiCaller, ProbesOfHealthNeedNoProof) {
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  grpc::health::v1::HealthCheckResponse response;
  EXPECT_TRUE(health->Check(as("").get(), {}, &response).ok());
}

}  // namespace
}  // namespace fabrik::testing
