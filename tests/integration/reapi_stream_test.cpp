// google.bytestream as the Remote Execution API uses it, rule by rule; the table in
// docs/reapi.md names the test of each.
#include "tests/support/reapi_fixture.hpp"

#include <thread>

#include "adapters/shared/zstd_codec.hpp"

namespace fabrik::testing {
namespace {

using grpc::StatusCode;

class ReapiRead : public ReapiFixture {
 protected:
  void SetUp() override {
    start();
    upload(blob_);
  }
  const Content blob_ = random_bytes(700'000, 1);
  const std::string name_ = read_name(digest_of(blob_));
};

TEST_F(ReapiRead, GivesTheWholeBlobInMessagesClientsCanReceive) {
  const ReadAnswer answer = read(name_);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.data, blob_);
  EXPECT_GT(answer.messages, 1U);
  EXPECT_LE(answer.largest, std::size_t{2 << 20});
}

TEST_F(ReapiRead, BeginsAtTheOffset) {
  for (const std::int64_t offset : {1, 65'535, 262'144, 300'001, 699'999}) {
    const ReadAnswer answer = read(name_, offset);
    EXPECT_TRUE(answer.status.ok()) << offset;
    EXPECT_EQ(answer.data, Content(blob_.substr(static_cast<std::size_t>(offset)))) << offset;
  }
}

TEST_F(ReapiRead, AtTheVeryEndIsOkAndEmpty) {
  const ReadAnswer answer = read(name_, 700'000);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.data, "");
}

TEST_F(ReapiRead, OutsideIsOutOfRange) {
  EXPECT_EQ(read(name_, 700'001).status.error_code(), StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(read(name_, -1).status.error_code(), StatusCode::OUT_OF_RANGE);
}

TEST_F(ReapiRead, StopsExactlyAtTheLimit) {
  for (const std::int64_t limit : {1, 262'144, 262'145, 500'000, 700'000, 9'000'000}) {
    const ReadAnswer answer = read(name_, 10, limit);
    EXPECT_TRUE(answer.status.ok()) << limit << answer.status.error_message();
    EXPECT_EQ(answer.data, Content(blob_.substr(10, static_cast<std::size_t>(limit)))) << limit;
  }
  EXPECT_EQ(read(name_, 0, -1).status.error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiRead, OfWhatIsNotThereIsNotFoundBeforeAnyData) {
  const ReadAnswer absent = read(read_name(digest_of("never stored")));
  EXPECT_EQ(absent.status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(absent.messages, 0U);
  rex::Digest other_size = digest_of(blob_);
  other_size.set_size_bytes(699'999);
  EXPECT_EQ(read(read_name(other_size)).status.error_code(), StatusCode::NOT_FOUND)
      << "the size is part of the digest";
}

TEST_F(ReapiRead, OfTheEmptyBlobNeedsNoUpload) {
  const ReadAnswer answer = read(read_name(digest_of("")));
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.data, "");
}

TEST_F(ReapiRead, WithABadNameIsAnInvalidArgument) {
  for (const std::string& name : {std::string(), std::string("blobs/x/1"), name_ + "/more",
                                  "blobs/" + std::string(64, 'A') + "/1"}) {
    EXPECT_EQ(read(name).status.error_code(), StatusCode::INVALID_ARGUMENT) << name;
  }
  EXPECT_EQ(read(read_name(digest_of(blob_), "", true)).status.error_code(),
            StatusCode::INVALID_ARGUMENT)
      << "zstd is not offered";
}

TEST_F(ReapiRead, OfDamagedDataNeverEndsWell) {
  flip_byte(file_of(blob_), 500'000);
  const ReadAnswer cut = read(name_);
  EXPECT_EQ(cut.status.error_code(), StatusCode::DATA_LOSS);
  EXPECT_EQ(cut.data, Content(blob_.substr(0, cut.data.size()))) << "no wrong byte went out";
  EXPECT_EQ(read(name_).status.error_code(), StatusCode::NOT_FOUND) << "it has been dropped";
  EXPECT_EQ(mismatches("ByteStream.Read"), 1U);
  upload(blob_);
  EXPECT_EQ(read(name_).data, blob_) << "and heals with the next upload";
}

TEST_F(ReapiRead, OfDataDamagedFromTheStartIsAMiss) {
  flip_byte(file_of(blob_), 0);
  const ReadAnswer answer = read(name_);
  EXPECT_EQ(answer.status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(answer.messages, 0U);
}

class ReapiWrite : public ReapiFixture {
 protected:
  void SetUp() override { start(); }
  const Content blob_ = random_bytes(500'000, 2);
  const std::string name_ = write_name(digest_of(blob_));
};

TEST_F(ReapiWrite, StoresTheBlobAndSaysItsSize) {
  const WriteAnswer answer = write(name_, blob_);
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.committed, 500'000);
  EXPECT_EQ(read(read_name(digest_of(blob_))).data, blob_);
  EXPECT_TRUE(query(name_).complete());
  EXPECT_EQ(query(name_).committed_size(), 500'000);
}

TEST_F(ReapiWrite, AnswersEarlyWhenTheBlobIsThere) {
  ASSERT_TRUE(write(name_, blob_).status.ok());
  const auto call = context();
  bs::WriteResponse response;
  const auto stream = bytes_->Write(call.get(), &response);
  bs::WriteRequest first;
  first.set_resource_name(name_);
  first.set_data("only the beginning");
  stream->Write(first);
  const grpc::Status status = stream->Finish();  // without finish_write or half-close
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.committed_size(), 500'000) << "any other number fails Bazel's upload";
}

TEST_F(ReapiWrite, RefusesBytesOfAnotherDigest) {
  Content wrong = blob_;
  wrong[250'000] = static_cast<char>(wrong[250'000] ^ 1);
  EXPECT_EQ(write(name_, wrong).status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(write(name_, blob_.substr(1)).status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(write(name_, blob_ + "x").status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(missing({digest_of(blob_)}).size(), 1U) << "nothing became visible";
  EXPECT_EQ(mismatches("ByteStream.Write"), 3U);
}

TEST_F(ReapiWrite, CountsMismatchesPerInstance) {
  EXPECT_FALSE(write(write_name(digest_of(blob_), "team/a"), "x").status.ok());
  EXPECT_EQ(mismatches("ByteStream.Write", "team/a"), 1U);
  EXPECT_EQ(mismatches("ByteStream.Write"), 0U);
}

TEST_F(ReapiWrite, WantsTheNameFirstAndTheSameAfterwards) {
  bs::WriteRequest nameless;
  nameless.set_data("data");
  EXPECT_EQ(send({nameless}).status.error_code(), StatusCode::INVALID_ARGUMENT);
  bs::WriteRequest first;
  first.set_resource_name(name_);
  first.set_data(blob_.substr(0, 100));
  bs::WriteRequest second;
  second.set_resource_name(name_ + "x");
  second.set_write_offset(100);
  EXPECT_EQ(send({first, second}).status.error_code(), StatusCode::INVALID_ARGUMENT);
  second.set_resource_name(name_);
  second.set_data(blob_.substr(100));
  second.set_finish_write(true);
  EXPECT_TRUE(send({first, second}).status.ok()) << "said again";
}

TEST_F(ReapiWrite, WantsOffsetsWithoutGaps) {
  EXPECT_EQ(write(name_, blob_, true, 7).status.error_code(), StatusCode::INVALID_ARGUMENT)
      << "nothing was sent before";
  bs::WriteRequest first;
  first.set_resource_name(name_);
  first.set_data("abc");
  bs::WriteRequest second;
  second.set_write_offset(4);
  second.set_data("d");
  EXPECT_EQ(send({first, second}).status.error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiWrite, GoesOnWhereABrokenStreamEnded) {
  const WriteAnswer cut = write(name_, blob_.substr(0, 300'000), false);
  EXPECT_EQ(cut.status.error_code(), StatusCode::INVALID_ARGUMENT) << "no finish_write";
  EXPECT_EQ(query(name_).committed_size(), 300'000);
  EXPECT_FALSE(query(name_).complete());
  EXPECT_EQ(write(name_, blob_.substr(200'000), true, 200'000).status.error_code(),
            StatusCode::INVALID_ARGUMENT)
      << "not where it stands";
  EXPECT_EQ(query(name_).committed_size(), 300'000) << "the number does not decrease";
  const WriteAnswer rest = write(name_, blob_.substr(300'000), true, 300'000);
  EXPECT_TRUE(rest.status.ok()) << rest.status.error_message();
  EXPECT_EQ(rest.committed, 500'000);
  EXPECT_EQ(read(read_name(digest_of(blob_))).data, blob_);
}

TEST_F(ReapiWrite, MayBeginAnewAfterABrokenStream) {
  EXPECT_FALSE(write(name_, blob_.substr(0, 300'000), false).status.ok());
  EXPECT_TRUE(write(name_, blob_).status.ok());
}

TEST_F(ReapiWrite, KeepsUploadsOfOneIdApart) {
  const Content other = random_bytes(400'000, 3);
  EXPECT_FALSE(write(name_, blob_.substr(0, 300'000), false).status.ok());
  EXPECT_TRUE(write(write_name(digest_of(other)), other).status.ok());
  EXPECT_EQ(query(name_).committed_size(), 300'000);
  EXPECT_EQ(query(write_name(digest_of("unknown"))).committed_size(), 0);
  EXPECT_FALSE(query(write_name(digest_of("unknown"))).complete());
}

TEST_F(ReapiWrite, KeepsWhatACancelledStreamHasSent) {
  {
    const auto call = context();
    bs::WriteResponse response;
    const auto stream = bytes_->Write(call.get(), &response);
    bs::WriteRequest first;
    first.set_resource_name(name_);
    first.set_data(blob_.substr(0, 200'000));
    stream->Write(first);
    ASSERT_TRUE(eventually([&] { return query(name_).committed_size() == 200'000; }));
    call->TryCancel();
    EXPECT_FALSE(stream->Finish().ok());
  }
  ASSERT_TRUE(
      eventually([&] { return write(name_, blob_.substr(200'000), true, 200'000).status.ok(); }));
  EXPECT_EQ(read(read_name(digest_of(blob_))).data, blob_);
}

TEST_F(ReapiWrite, LetsParallelWritersOfOneBlobAllSucceed) {
  std::vector<std::thread> writers;
  std::atomic<int> succeeded{0};
  for (int i = 0; i < 6; ++i) {
    writers.emplace_back([&, i] {
      const auto answer = write(
          write_name(digest_of(blob_), "", false, i % 2 == 0 ? "same" : "u" + std::to_string(i)),
          blob_);
      succeeded += answer.status.ok() && answer.committed == 500'000 ? 1 : 0;
    });
  }
  for (std::thread& writer : writers) {
    writer.join();
  }
  EXPECT_EQ(succeeded, 6);
}

TEST_F(ReapiWrite, TakesTheEmptyBlob) {
  const WriteAnswer answer = write(write_name(digest_of("")), "");
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.committed, 0);
  EXPECT_TRUE(query(write_name(digest_of(""))).complete());
  rex::Digest wrong = digest_of("x");
  wrong.set_size_bytes(0);
  EXPECT_EQ(write(write_name(wrong), "").status.error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiWrite, OverTheWholeCacheIsRefusedForGood) {
  rex::Digest huge = digest_of(blob_);
  huge.set_size_bytes(std::int64_t{1} << 40);
  EXPECT_EQ(write(write_name(huge), "x").status.error_code(), StatusCode::INVALID_ARGUMENT);
}

class ReapiZstd : public ReapiFixture {
 protected:
  void SetUp() override {
    zstd_ = true;
    start();
  }
  const Content blob_ = random_bytes(300'000, 4) + std::string(900'000, 'z');
  const std::string packed_ = *adapters::zstd_encode(as_bytes(blob_));
};

TEST_F(ReapiZstd, IsReadAsOneFrameFromTheOffset) {
  upload(blob_);
  for (const std::int64_t offset : {0, 1, 400'000, 1'200'000}) {
    const ReadAnswer answer = read(read_name(digest_of(blob_), "", true), offset);
    ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
    const auto decoded = adapters::zstd_decode(as_bytes(answer.data), blob_.size());
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(Content(*decoded), Content(blob_.substr(static_cast<std::size_t>(offset))));
  }
  EXPECT_LT(read(read_name(digest_of(blob_), "", true)).data.size(), std::size_t{400'000});
}

TEST_F(ReapiZstd, KnowsNoReadLimit) {
  upload(blob_);
  EXPECT_EQ(read(read_name(digest_of(blob_), "", true), 0, 5).status.error_code(),
            StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiZstd, GivesTheEmptyBlobAsAValidFrame) {
  const ReadAnswer answer = read(read_name(digest_of(""), "", true));
  ASSERT_TRUE(answer.status.ok());
  EXPECT_EQ(answer.data.size(), 9U);
  EXPECT_EQ(adapters::zstd_decode(as_bytes(answer.data), 0), "");
}

TEST_F(ReapiZstd, UploadsAreCountedInCompressedBytes) {
  const std::string name = write_name(digest_of(blob_), "", true);
  const WriteAnswer answer = write(name, packed_, true, 0, 10'000);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.committed, static_cast<std::int64_t>(packed_.size()));
  EXPECT_EQ(read(read_name(digest_of(blob_))).data, blob_);
  const WriteAnswer again = write(name, packed_);
  EXPECT_EQ(again.committed, -1) << "there already";
}

TEST_F(ReapiZstd, ToolsThatWantTheSizeGetIt) {
  rex::RequestMetadata metadata;
  metadata.mutable_tool_details()->set_tool_name("siso");
  const auto call = context();
  call->AddMetadata("build.bazel.remote.execution.v2.requestmetadata-bin",
                    metadata.SerializeAsString());
  bs::WriteResponse response;
  const auto stream = bytes_->Write(call.get(), &response);
  bs::WriteRequest request;
  request.set_resource_name(write_name(digest_of(blob_), "", true));
  request.set_data(packed_);
  request.set_finish_write(true);
  ASSERT_TRUE(stream->Write(request));
  stream->WritesDone();
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_EQ(response.committed_size(), static_cast<std::int64_t>(blob_.size()));
}

TEST_F(ReapiZstd, UploadsGoOnWhereTheyEnded) {
  const std::string name = write_name(digest_of(blob_), "", true);
  EXPECT_FALSE(write(name, packed_.substr(0, 200'001), false).status.ok());
  EXPECT_EQ(query(name).committed_size(), 200'001) << "compressed bytes";
  const WriteAnswer rest = write(name, packed_.substr(200'001), true, 200'001);
  EXPECT_TRUE(rest.status.ok()) << rest.status.error_message();
  EXPECT_EQ(read(read_name(digest_of(blob_))).data, blob_);
}

TEST_F(ReapiZstd, StopsABomb) {
  const std::string bomb = *adapters::zstd_encode(as_bytes(std::string(64 << 20, '\0')));
  rex::Digest small = digest_of("small");
  const WriteAnswer answer = write(write_name(small, "", true), bomb);
  EXPECT_EQ(answer.status.error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiZstd, RefusesWhatIsNoZstdOrCutOff) {
  const std::string name = write_name(digest_of(blob_), "", true);
  EXPECT_EQ(write(name, "no zstd").status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(write(name, packed_.substr(0, packed_.size() / 2)).status.error_code(),
            StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiZstd, ServesBatches) {
  rex::BatchUpdateBlobsRequest put;
  auto& one = *put.add_requests();
  *one.mutable_digest() = digest_of(blob_);
  one.set_compressor(rex::Compressor::ZSTD);
  one.set_data(packed_);
  rex::BatchUpdateBlobsResponse stored;
  ASSERT_TRUE(update_batch(put, stored).ok());
  EXPECT_EQ(stored.responses(0).status().code(), 0) << stored.responses(0).status().message();
  rex::BatchReadBlobsRequest get;
  *get.add_digests() = digest_of(blob_);
  rex::BatchReadBlobsResponse plain;
  ASSERT_TRUE(read_batch(get, plain).ok());
  EXPECT_EQ(Content(plain.responses(0).data()), blob_);
  EXPECT_EQ(plain.responses(0).compressor(), rex::Compressor::IDENTITY) << "nobody asked for it";
  get.add_acceptable_compressors(rex::Compressor::ZSTD);
  rex::BatchReadBlobsResponse packed;
  ASSERT_TRUE(read_batch(get, packed).ok());
  EXPECT_EQ(packed.responses(0).compressor(), rex::Compressor::ZSTD);
  EXPECT_EQ(adapters::zstd_decode(as_bytes(packed.responses(0).data()), blob_.size()), blob_);
}

}  // namespace
}  // namespace fabrik::testing
