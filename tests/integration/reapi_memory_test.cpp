// 64 ByteStream uploads and downloads side by side need no memory to speak of: the
// whole worker stays within 400 MiB.
//
//   FABRIK_TEST_PARALLEL_MIB (8; a full run: 64)
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/digest.hpp"
#include "google/bytestream/bytestream.grpc.pb.h"
#include "tests/support/daemon_process.hpp"
#include "tests/support/temp_dir.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FABRIK_SANITIZED_MEMORY 1
#endif
#endif

namespace fabrik::testing {
namespace {

namespace bs = ::google::bytestream;

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kStreams = 64;
[[maybe_unused]] constexpr std::uint64_t kAllowed = 400 * kMiB;

std::uint64_t size_of_each() {
#ifdef FABRIK_SANITIZED_MEMORY
  return kMiB;  // memory is not measured
#else
  const char* text = std::getenv("FABRIK_TEST_PARALLEL_MIB");
  return (text == nullptr ? 8 : std::stoull(text)) * kMiB;
#endif
}

// A MiB that differs from every other of every blob.
std::string piece(std::uint64_t blob, std::uint64_t number) {
  std::string bytes(kMiB, static_cast<char>('a' + blob % 26));
  std::memcpy(bytes.data(), &blob, sizeof blob);
  std::memcpy(bytes.data() + sizeof blob, &number, sizeof number);
  return bytes;
}

// "blobs/<hash>/<size>"
std::string name_of(std::uint64_t blob, std::uint64_t size) {
  Hasher hasher;
  for (std::uint64_t i = 0; i < size / kMiB; ++i) {
    hasher.update(as_bytes(piece(blob, i)));
  }
  return "blobs/" + hasher.finish().hex() + "/" + std::to_string(size);
}

// With a connection of its own, as each build has.
std::unique_ptr<bs::ByteStream::Stub> connect(std::uint16_t port) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return bs::ByteStream::NewStub(grpc::CreateCustomChannel(
      "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments));
}

void upload(bs::ByteStream::Stub& stub, std::uint64_t blob, const std::string& name,
            std::uint64_t size) {
  grpc::ClientContext context;
  bs::WriteResponse response;
  const auto stream = stub.Write(&context, &response);
  for (std::uint64_t i = 0; i < size / kMiB; ++i) {
    bs::WriteRequest request;
    if (i == 0) {
      request.set_resource_name("uploads/u/" + name);
    }
    request.set_write_offset(static_cast<std::int64_t>(i * kMiB));
    request.set_data(piece(blob, i));
    request.set_finish_write((i + 1) * kMiB == size);
    ASSERT_TRUE(stream->Write(request)) << i;
  }
  stream->WritesDone();
  const auto status = stream->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.committed_size(), static_cast<std::int64_t>(size));
}

void download(bs::ByteStream::Stub& stub, const std::string& name) {
  grpc::ClientContext context;
  bs::ReadRequest request;
  request.set_resource_name(name);
  const auto stream = stub.Read(&context, request);
  Hasher hasher;
  std::uint64_t size = 0;
  bs::ReadResponse response;
  while (stream->Read(&response)) {
    hasher.update(as_bytes(response.data()));
    size += response.data().size();
  }
  const auto status = stream->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ("blobs/" + hasher.finish().hex() + "/" + std::to_string(size), name);
}

TEST(ReapiMemory, StaysBoundedWithSixtyFourStreams) {
  const TempDir dir;
  const WorkerHome home{dir.path()};
  const DaemonProcess worker(
      home, {.config = "[cache]\nmax_size = \"20GB\"\n", .arguments = {"--grpc-port", "0"}});
  ASSERT_TRUE(worker.ready()) << worker.ready_line();
  const auto port = nlohmann::json::parse(worker.ready_line()).at("grpc_port").get<std::uint16_t>();
  const std::uint64_t size = size_of_each();
  std::vector<std::jthread> clients;
  for (std::uint64_t blob = 0; blob < kStreams; ++blob) {
    clients.emplace_back([port, blob, size] {
      const std::string name = name_of(blob, size);
      const auto stub = connect(port);
      upload(*stub, blob, name, size);
      download(*stub, name);
    });
  }
  clients.clear();
#ifndef FABRIK_SANITIZED_MEMORY
  EXPECT_LE(worker.memory("VmHWM"), kAllowed);
#endif
  std::printf("peak memory of the worker: %llu MiB\n",
              static_cast<unsigned long long>(worker.memory("VmHWM") / kMiB));
}

}  // namespace
}  // namespace fabrik::testing
