#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "google/bytestream/bytestream.grpc.pb.h"
#include "tests/support/large_transfer.hpp"

namespace fabrik::testing {
namespace {

namespace bs = ::google::bytestream;

// A connection of its own each time, as each build has.
std::unique_ptr<bs::ByteStream::Stub> connect(const WorkerHome& home) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return bs::ByteStream::NewStub(
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(home.grpc_port()),
                                grpc::InsecureChannelCredentials(), arguments));
}

std::string resource(const LargeBlob& blob) {
  return "blobs/" + blob.digest() + '/' + std::to_string(blob.size());
}

void write(const WorkerHome& home, const LargeBlob& blob) {
  const auto stub = connect(home);
  grpc::ClientContext context;
  bs::WriteResponse response;
  const auto stream = stub->Write(&context, &response);
  for (std::uint64_t i = 0; i < blob.pieces(); ++i) {
    bs::WriteRequest message;
    if (i == 0) {
      message.set_resource_name("uploads/" + blob.key() + '/' + resource(blob));
    }
    message.set_write_offset(static_cast<std::int64_t>(i * LargeBlob::kPiece));
    message.set_finish_write(i + 1 == blob.pieces());
    message.set_data(blob.piece(i));
    if (!stream->Write(message)) {
      break;  // Finish() says why
    }
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.committed_size(), static_cast<std::int64_t>(blob.size()));
}

void read(const WorkerHome& home, const LargeBlob& blob) {
  const auto stub = connect(home);
  grpc::ClientContext context;
  bs::ReadRequest request;
  request.set_resource_name(resource(blob));
  const auto stream = stub->Read(&context, request);
  bs::ReadResponse message;
  std::string pending;
  std::uint64_t next = 0;
  while (stream->Read(&message)) {
    pending += message.data();
    for (; pending.size() >= LargeBlob::kPiece; pending.erase(0, LargeBlob::kPiece)) {
      EXPECT_TRUE(std::string_view(pending).substr(0, LargeBlob::kPiece) == blob.piece(next))
          << "piece " << next;
      ++next;
    }
  }
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(next, blob.pieces());
  EXPECT_TRUE(pending.empty());
}

}  // namespace

LargeRoute bytestream_route() {
  return {.name = "ByteStream", .upload = write, .download = read, .mebibytes_at_once = 320};
}

}  // namespace fabrik::testing
