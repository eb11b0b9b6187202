// Load for a Remote Execution API cache, and a bare gRPC server to compare with.
//
//   reapi_load serve                                  prints its port; answers from memory
//   reapi_load WHAT --port N [--seconds S] [--clients C] [--size BYTES]
//     hits      GetActionResult of results with three outputs
//     missing   FindMissingBlobs, 100 digests a call, half of them there
//     read      ByteStream.Read of one blob of --size, over and over
//     write     ByteStream.Write of a new blob of --size each time
//     once      --clients streams write and read one blob of --size each, at once
// One line of JSON: {"what":..., "per_second":..., "bytes_per_second":..., "p50_us":...,
// "failed":...}
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/digest.hpp"
#include "build/bazel/remote/execution/v2/remote_execution.grpc.pb.h"
#include "google/bytestream/bytestream.grpc.pb.h"

namespace {

using namespace fabrik;
namespace rex = build::bazel::remote::execution::v2;
namespace bs = google::bytestream;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMessage = 256 * 1024;

struct Options {
  std::string what;
  int port = 0;
  double seconds = 3;
  int clients = 4;
  std::size_t size = 4096;
};

std::string noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = random();
    __builtin_memcpy(bytes.data() + i, &word, std::min(sizeof word, size - i));
  }
  return bytes;
}

rex::Digest digest_of(std::string_view bytes) {
  rex::Digest digest;
  digest.set_hash(sha256(as_bytes(bytes)).hex());
  digest.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  return digest;
}

std::string blob_name(const rex::Digest& digest) {
  return "blobs/" + digest.hash() + "/" + std::to_string(digest.size_bytes());
}

// --- the bare server ---------------------------------------------------------

class BareActions final : public rex::ActionCache::CallbackService {
  grpc::ServerUnaryReactor* GetActionResult(grpc::CallbackServerContext* context,
                                            const rex::GetActionResultRequest*,
                                            rex::ActionResult* result) override {
    for (int i = 0; i < 3; ++i) {
      auto& file = *result->add_output_files();
      file.set_path("out/" + std::to_string(i));
      *file.mutable_digest() = digest_;
    }
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* UpdateActionResult(grpc::CallbackServerContext* context,
                                               const rex::UpdateActionResultRequest*,
                                               rex::ActionResult*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  const rex::Digest digest_ = digest_of("x");
};

class BareCas final : public rex::ContentAddressableStorage::CallbackService {
  grpc::ServerUnaryReactor* FindMissingBlobs(grpc::CallbackServerContext* context,
                                             const rex::FindMissingBlobsRequest* request,
                                             rex::FindMissingBlobsResponse* response) override {
    for (int i = 0; i < request->blob_digests_size(); i += 2) {
      *response->add_missing_blob_digests() = request->blob_digests(i);
    }
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

class BareBytes final : public bs::ByteStream::CallbackService {
  class Reader final : public grpc::ServerWriteReactor<bs::ReadResponse> {
   public:
    explicit Reader(std::size_t left) : left_(left) { next(); }
    void OnWriteDone(bool ok) override { ok ? next() : Finish(grpc::Status::CANCELLED); }
    void OnDone() override { delete this; }

   private:
    void next() {
      if (left_ == 0) {
        Finish(grpc::Status::OK);
        return;
      }
      message_.mutable_data()->assign(std::min(left_, kMessage), 'x');
      left_ -= message_.data().size();
      StartWrite(&message_);
    }
    std::size_t left_;
    bs::ReadResponse message_;
  };
  class Writer final : public grpc::ServerReadReactor<bs::WriteRequest> {
   public:
    explicit Writer(bs::WriteResponse* response) : response_(response) { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (!ok) {
        response_->set_committed_size(size_);
        Finish(grpc::Status::OK);
        return;
      }
      size_ += static_cast<std::int64_t>(message_.data().size());
      StartRead(&message_);
    }
    void OnDone() override { delete this; }

   private:
    bs::WriteResponse* response_;
    bs::WriteRequest message_;
    std::int64_t size_ = 0;
  };

  grpc::ServerWriteReactor<bs::ReadResponse>* Read(grpc::CallbackServerContext*,
                                                   const bs::ReadRequest* request) override {
    const auto& name = request->resource_name();
    return new Reader(std::stoul(name.substr(name.rfind('/') + 1)));
  }
  grpc::ServerReadReactor<bs::WriteRequest>* Write(grpc::CallbackServerContext*,
                                                   bs::WriteResponse* response) override {
    return new Writer(response);
  }
};

int serve() {
  BareActions actions;
  BareCas cas;
  BareBytes bytes;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&actions);
  builder.RegisterService(&cas);
  builder.RegisterService(&bytes);
  const auto server = builder.BuildAndStart();
  std::printf("%d\n", port);
  std::fflush(stdout);
  server->Wait();
  return 0;
}

// --- the load ----------------------------------------------------------------

// A connection of its own, as every build tool has.
struct Client {
  explicit Client(int port) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    const auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                                   grpc::InsecureChannelCredentials(), arguments);
    actions = rex::ActionCache::NewStub(channel);
    cas = rex::ContentAddressableStorage::NewStub(channel);
    bytes = bs::ByteStream::NewStub(channel);
  }

  bool write(std::string_view blob, const rex::Digest& digest) {
    grpc::ClientContext context;
    bs::WriteResponse response;
    const auto stream = bytes->Write(&context, &response);
    bs::WriteRequest message;
    message.set_resource_name("uploads/u/" + blob_name(digest));
    std::size_t at = 0;
    do {
      const std::string_view piece = blob.substr(at, kMessage);
      message.set_write_offset(static_cast<std::int64_t>(at));
      message.set_data(std::string(piece));
      at += piece.size();
      message.set_finish_write(at == blob.size());
      if (!stream->Write(message)) {
        break;  // answered early
      }
      message.clear_resource_name();
    } while (at < blob.size());
    stream->WritesDone();
    return stream->Finish().ok();
  }

  bool read(const rex::Digest& digest) {
    grpc::ClientContext context;
    bs::ReadRequest request;
    request.set_resource_name(blob_name(digest));
    const auto stream = bytes->Read(&context, request);
    bs::ReadResponse piece;
    std::size_t size = 0;
    while (stream->Read(&piece)) {
      size += piece.data().size();
    }
    return stream->Finish().ok() && size == static_cast<std::size_t>(digest.size_bytes());
  }

  std::unique_ptr<rex::ActionCache::Stub> actions;
  std::unique_ptr<rex::ContentAddressableStorage::Stub> cas;
  std::unique_ptr<bs::ByteStream::Stub> bytes;
};

// What one client does over and over; `unit` of it per call.
struct Work {
  std::function<std::function<bool()>(int client)> prepare;
  double unit = 1;
  double bytes = 0;
};

Work hits(const Options& options) {
  Client client(options.port);
  rex::UpdateActionResultRequest update;
  for (int i = 0; i < 3; ++i) {
    const std::string blob = noise(4096, static_cast<std::uint64_t>(i));
    client.write(blob, digest_of(blob));
    auto& file = *update.mutable_action_result()->add_output_files();
    file.set_path("out/" + std::to_string(i));
    *file.mutable_digest() = digest_of(blob);
  }
  *update.mutable_action_digest() = digest_of("action");
  grpc::ClientContext context;
  rex::ActionResult stored;
  client.actions->UpdateActionResult(&context, update, &stored);
  return {.prepare = [options](int) -> std::function<bool()> {
    const auto own = std::make_shared<Client>(options.port);
    rex::GetActionResultRequest request;
    *request.mutable_action_digest() = digest_of("action");
    return [own, request] {
      grpc::ClientContext call;
      rex::ActionResult result;
      return own->actions->GetActionResult(&call, request, &result).ok() &&
             result.output_files_size() == 3;
    };
  }};
}

Work missing(const Options& options) {
  constexpr int kDigests = 100;
  Client client(options.port);
  rex::FindMissingBlobsRequest request;
  for (int i = 0; i < kDigests; ++i) {
    const std::string blob = noise(1000, 1000 + static_cast<std::uint64_t>(i));
    *request.add_blob_digests() = digest_of(blob);
    if (i % 2 == 1) {
      client.write(blob, digest_of(blob));
    }
  }
  return {.prepare = [options, request](int) -> std::function<bool()> {
            const auto own = std::make_shared<Client>(options.port);
            return [own, request] {
              grpc::ClientContext call;
              rex::FindMissingBlobsResponse response;
              return own->cas->FindMissingBlobs(&call, request, &response).ok() &&
                     response.missing_blob_digests_size() == kDigests / 2;
            };
          },
          .unit = kDigests};
}

Work read(const Options& options) {
  const std::string blob = noise(options.size, 7);
  const rex::Digest digest = digest_of(blob);
  Client(options.port).write(blob, digest);
  return {.prepare = [options, digest](int) -> std::function<bool()> {
            const auto own = std::make_shared<Client>(options.port);
            return [own, digest] { return own->read(digest); };
          },
          .bytes = static_cast<double>(options.size)};
}

// The hash of the client's side is made before the clock runs: a few blobs with one
// word that changes would need it anew. Blobs are therefore prepared.
Work write(const Options& options) {
  return {.prepare = [options](int number) -> std::function<bool()> {
            const auto own = std::make_shared<Client>(options.port);
            const std::size_t count =
                std::clamp<std::size_t>((std::size_t{512} << 20) / options.size, 2, 4096);
            const auto blobs = std::make_shared<std::vector<std::pair<rex::Digest, std::string>>>();
            const auto salt = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
            for (std::size_t i = 0; i < count; ++i) {
              std::string blob =
                  noise(options.size, salt + i * 1000 + static_cast<unsigned>(number));
              rex::Digest digest = digest_of(blob);
              blobs->emplace_back(std::move(digest), std::move(blob));
            }
            const auto next = std::make_shared<std::size_t>(0);
            return [own, blobs, next] {
              if (*next == blobs->size()) {
                throw std::out_of_range("all blobs are written");
              }
              const auto& [digest, blob] = (*blobs)[(*next)++];
              return own->write(blob, digest);
            };
          },
          .bytes = static_cast<double>(options.size)};
}

Work once(const Options& options) {
  return {.prepare = [options](int number) -> std::function<bool()> {
            const auto own = std::make_shared<Client>(options.port);
            const auto blob = std::make_shared<std::string>(
                noise(options.size, 5000 + static_cast<std::uint64_t>(number)));
            const rex::Digest digest = digest_of(*blob);
            return [own, blob, digest, done = std::make_shared<bool>(false)] {
              if (std::exchange(*done, true)) {
                throw std::out_of_range("once");
              }
              return own->write(*blob, digest) && own->read(digest);
            };
          },
          .bytes = 2.0 * static_cast<double>(options.size)};
}

int run(const Options& options, const Work& work) {
  std::vector<std::function<bool()>> steps;
  for (int i = 0; i < options.clients; ++i) {
    steps.push_back(work.prepare(i));
  }
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> failed{0};
  std::mutex mutex;
  std::vector<double> times;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration<double>(options.seconds);
  std::vector<std::thread> threads;
  for (const auto& step : steps) {
    threads.emplace_back([&, step] {
      std::vector<double> own;
      try {
        while (options.what == "once" || Clock::now() < end) {
          const auto before = Clock::now();
          (step() ? done : failed) += 1;
          own.push_back(std::chrono::duration<double, std::micro>(Clock::now() - before).count());
        }
      } catch (const std::out_of_range&) {
      }
      const std::lock_guard lock(mutex);
      times.insert(times.end(), own.begin(), own.end());
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  std::sort(times.begin(), times.end());
  const double calls = static_cast<double>(done.load());
  std::printf(
      "{\"what\":\"%s\",\"per_second\":%.0f,\"bytes_per_second\":%.0f,\"p50_us\":%.0f,"
      "\"p99_us\":%.0f,\"calls\":%.0f,\"failed\":%llu}\n",
      options.what.c_str(), calls * work.unit / took, calls * work.bytes / took,
      times.empty() ? 0 : times[times.size() / 2],
      times.empty() ? 0 : times[times.size() * 99 / 100], calls,
      static_cast<unsigned long long>(failed.load()));
  return failed == 0 && done > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.what = argc > 1 ? argv[1] : "";
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--port") {
      options.port = std::stoi(value);
    } else if (name == "--seconds") {
      options.seconds = std::stod(value);
    } else if (name == "--clients") {
      options.clients = std::stoi(value);
    } else if (name == "--size") {
      options.size = std::stoul(value);
    }
  }
  const std::map<std::string, Work (*)(const Options&)> kinds = {
      {"hits", hits}, {"missing", missing}, {"read", read}, {"write", write}, {"once", once}};
  if (options.what == "serve") {
    return serve();
  }
  const auto kind = kinds.find(options.what);
  if (kind == kinds.end() || options.port == 0) {
    std::cerr << "usage: see the head of bench/reapi_load.cpp\n";
    return 2;
  }
  return run(options, kind->second(options));
}
