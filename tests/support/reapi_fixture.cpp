#include "tests/support/reapi_fixture.hpp"

#include "base/listen.hpp"

namespace fabrik::testing {

std::string read_name(const rex::Digest& digest, const std::string& instance, bool zstd) {
  return (instance.empty() ? "" : instance + "/") + (zstd ? "compressed-blobs/zstd/" : "blobs/") +
         digest.hash() + "/" + std::to_string(digest.size_bytes());
}

std::string write_name(const rex::Digest& digest, const std::string& instance, bool zstd,
                       const std::string& id) {
  return (instance.empty() ? "" : instance + "/") + "uploads/" + id + "/" +
         read_name(digest, "", zstd);
}

void ReapiFixture::start() {
  stop_server();
  open();
  runtime_ = std::make_unique<net::Runtime>(net::RuntimeOptions{.io_threads = 2});
  cache_ = std::make_unique<cache::LocalCache>(store(), runtime_->pool(), counters_, audit_);
  content_ = std::make_unique<cache::LocalContent>(store(), runtime_->pool(), counters_, audit_);
  peer_check_ = *net::open_peer_check();
  services_ = std::make_unique<adapters::reapi::Services>(
      adapters::AdapterContext{.cache = *cache_,
                               .content = *content_,
                               .log = *log_,
                               .tools = tools_,
                               .clock = clock_,
                               .mismatches = mismatches_},
      zstd_);
  auto server =
      net::GrpcServer::start(*runtime_, *peer_check_, policy_, {}, services_->all(), *log_);
  ASSERT_TRUE(server) << server.error().message;
  server_ = *std::move(server);
  auto listener = listen_on_loopback(0);
  ASSERT_TRUE(listener) << listener.error().message;
  port_ = *port_of(listener->get());
  ASSERT_TRUE(server_->listen(*std::move(listener)));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port_),
                                       grpc::InsecureChannelCredentials(), arguments);
  capabilities_ = rex::Capabilities::NewStub(channel_);
  cas_ = rex::ContentAddressableStorage::NewStub(channel_);
  actions_ = rex::ActionCache::NewStub(channel_);
  bytes_ = bs::ByteStream::NewStub(channel_);
}

void ReapiFixture::stop_server() {
  server_.reset();
  services_.reset();
  content_.reset();
  cache_.reset();
  if (runtime_) {
    runtime_->stop();
    runtime_.reset();
  }
}

std::unique_ptr<grpc::ClientContext> ReapiFixture::context() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(120));
  return context;
}

ReadAnswer ReapiFixture::read(const std::string& name, std::int64_t offset, std::int64_t limit) {
  bs::ReadRequest request;
  request.set_resource_name(name);
  request.set_read_offset(offset);
  request.set_read_limit(limit);
  const auto call = context();
  const auto stream = bytes_->Read(call.get(), request);
  ReadAnswer answer;
  bs::ReadResponse piece;
  while (stream->Read(&piece)) {
    ++answer.messages;
    answer.largest = std::max(answer.largest, piece.data().size());
    answer.data += piece.data();
  }
  answer.status = stream->Finish();
  return answer;
}

WriteAnswer ReapiFixture::write(const std::string& name, std::string_view bytes, bool finish,
                                std::int64_t offset, std::size_t step) {
  std::vector<bs::WriteRequest> messages;
  do {
    bs::WriteRequest& message = messages.emplace_back();
    if (messages.size() == 1) {
      message.set_resource_name(name);
    }
    message.set_write_offset(offset);
    message.set_data(std::string(bytes.substr(0, step)));
    offset += static_cast<std::int64_t>(message.data().size());
    bytes.remove_prefix(message.data().size());
  } while (!bytes.empty());
  messages.back().set_finish_write(finish);
  return send(messages);
}

WriteAnswer ReapiFixture::send(const std::vector<bs::WriteRequest>& messages) {
  const auto call = context();
  bs::WriteResponse response;
  const auto stream = bytes_->Write(call.get(), &response);
  WriteAnswer answer;
  answer.all_taken = true;
  for (const bs::WriteRequest& message : messages) {
    answer.all_taken = answer.all_taken && stream->Write(message);
  }
  stream->WritesDone();
  answer.status = stream->Finish();
  answer.committed = response.committed_size();
  return answer;
}

bs::QueryWriteStatusResponse ReapiFixture::query(const std::string& name) {
  bs::QueryWriteStatusRequest request;
  request.set_resource_name(name);
  bs::QueryWriteStatusResponse response;
  const auto status = bytes_->QueryWriteStatus(context().get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

void ReapiFixture::upload(std::string_view bytes) {
  const WriteAnswer answer = write(write_name(digest_of(bytes)), bytes, true, 0, 1 << 20);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  ASSERT_EQ(answer.committed, static_cast<std::int64_t>(bytes.size()));
}

std::vector<std::string> ReapiFixture::missing(const std::vector<rex::Digest>& digests,
                                               const std::string& instance) {
  rex::FindMissingBlobsRequest request;
  request.set_instance_name(instance);
  for (const rex::Digest& digest : digests) {
    *request.add_blob_digests() = digest;
  }
  rex::FindMissingBlobsResponse response;
  const auto status = cas_->FindMissingBlobs(context().get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  std::vector<std::string> hashes;
  for (const rex::Digest& digest : response.missing_blob_digests()) {
    hashes.push_back(digest.hash());
  }
  return hashes;
}

grpc::Status ReapiFixture::update_batch(const rex::BatchUpdateBlobsRequest& request,
                                        rex::BatchUpdateBlobsResponse& response) {
  return cas_->BatchUpdateBlobs(context().get(), request, &response);
}

grpc::Status ReapiFixture::read_batch(const rex::BatchReadBlobsRequest& request,
                                      rex::BatchReadBlobsResponse& response) {
  return cas_->BatchReadBlobs(context().get(), request, &response);
}

grpc::Status ReapiFixture::put_result(const std::string& action, const rex::ActionResult& result,
                                      const std::string& instance) {
  rex::UpdateActionResultRequest request;
  request.set_instance_name(instance);
  *request.mutable_action_digest() = digest_of(action);
  *request.mutable_action_result() = result;
  rex::ActionResult stored;
  return actions_->UpdateActionResult(context().get(), request, &stored);
}

grpc::Status ReapiFixture::get_result(rex::GetActionResultRequest request,
                                      rex::ActionResult& result) {
  return actions_->GetActionResult(context().get(), request, &result);
}

grpc::Status ReapiFixture::get_result(const std::string& action, rex::ActionResult& result,
                                      const std::string& instance) {
  rex::GetActionResultRequest request;
  request.set_instance_name(instance);
  *request.mutable_action_digest() = digest_of(action);
  return get_result(request, result);
}

std::uint64_t ReapiFixture::mismatches(const std::string& path, const std::string& instance) const {
  for (const auto& count : mismatches_.all()) {
    if (count.path == path && count.instance == instance && count.function == "sha256") {
      return count.count;
    }
  }
  return 0;
}

}  // namespace fabrik::testing
