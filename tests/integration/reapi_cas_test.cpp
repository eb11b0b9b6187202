// ContentAddressableStorage blob by blob; the table in docs/reapi.md names the test of
// each rule.
#include "tests/support/reapi_fixture.hpp"

namespace fabrik::testing {
namespace {

using grpc::StatusCode;

class ReapiCas : public ReapiFixture {
 protected:
  void SetUp() override { start(); }

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

}  // namespace
}  // namespace fabrik::testing
