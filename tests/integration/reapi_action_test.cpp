// ActionCache: completeness, inlining, namespaces; leases under pressure.
#include "tests/support/reapi_fixture.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "base/listen.hpp"

namespace fabrik::testing {
namespace {

using grpc::StatusCode;

class ReapiActions : public ReapiFixture {
 protected:
  void SetUp() override { start(); }

  // A result with one file, stdout, and a tree of two files.
  rex::ActionResult make_result() {
    rex::ActionResult result;
    auto& file = *result.add_output_files();
    file.set_path("out/file");
    *file.mutable_digest() = digest_of(file_);
    *result.mutable_stdout_digest() = digest_of("said");
    rex::Tree tree;
    tree.mutable_root()->add_files()->set_name("a");
    *tree.mutable_root()->mutable_files(0)->mutable_digest() = digest_of("in root");
    auto& child = *tree.add_children();
    child.add_files()->set_name("b");
    *child.mutable_files(0)->mutable_digest() = digest_of("in child");
    auto& directory = *tree.mutable_root()->add_directories();
    directory.set_name("child");
    *directory.mutable_digest() = digest_of(child.SerializeAsString());
    tree_ = tree.SerializeAsString();
    auto& output = *result.add_output_directories();
    output.set_path("out/dir");
    *output.mutable_tree_digest() = digest_of(tree_);
    return result;
  }
  void upload_all() {
    for (const std::string& blob : {std::string(file_), std::string("said"), tree_,
                                    std::string("in root"), std::string("in child")}) {
      upload(blob);
    }
  }
  void lose(std::string_view bytes) { ASSERT_TRUE(*store().erase(sha256(as_bytes(bytes)))); }

  const Content file_ = random_bytes(100'000, 1);
  std::string tree_;
};

TEST_F(ReapiActions, AreServedWhenAllTheyNameIsThere) {
  const rex::ActionResult result = make_result();
  upload_all();
  ASSERT_TRUE(put_result("action", result).ok());
  rex::ActionResult back;
  const auto status = get_result("action", back);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(back.SerializeAsString(), result.SerializeAsString());
  EXPECT_EQ(get_result("another", back).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ReapiActions, MayBeStoredBeforeTheirBlobs) {
  const rex::ActionResult result = make_result();
  EXPECT_TRUE(put_result("action", result).ok());
}

TEST_F(ReapiActions, ThatNameSomethingLostAreNotFoundAndDropped) {
  for (const char* what : {"file", "stdout", "tree", "file in the root", "file in a child"}) {
    const rex::ActionResult result = make_result();
    upload_all();
    ASSERT_TRUE(put_result("action", result).ok());
    rex::ActionResult back;
    ASSERT_TRUE(get_result("action", back).ok()) << what;
    const std::string name = what;
    lose(name == "file"               ? std::string(file_)
         : name == "stdout"           ? "said"
         : name == "tree"             ? tree_
         : name == "file in the root" ? "in root"
                                      : "in child");
    EXPECT_EQ(get_result("action", back).error_code(), StatusCode::NOT_FOUND) << what;
    upload_all();
    EXPECT_EQ(get_result("action", back).error_code(), StatusCode::NOT_FOUND)
        << what << ": the entry itself is gone";
  }
}

TEST_F(ReapiActions, TheLastWriterWins) {
  rex::ActionResult first;
  first.set_exit_code(1);
  rex::ActionResult second;
  second.set_exit_code(2);
  ASSERT_TRUE(put_result("action", first).ok());
  ASSERT_TRUE(put_result("action", second).ok());
  rex::ActionResult back;
  ASSERT_TRUE(get_result("action", back).ok());
  EXPECT_EQ(back.exit_code(), 2) << "failed actions are kept as they are sent";
}

TEST_F(ReapiActions, WithNothingInThemAreStillFound) {
  ASSERT_TRUE(put_result("action", {}).ok());
  rex::ActionResult back;
  ASSERT_TRUE(get_result("action", back).ok());
  EXPECT_NE(back.ByteSizeLong(), 0U);
}

TEST_F(ReapiActions, AreFoundWhateverTheSizeOfTheAction) {
  ASSERT_TRUE(put_result("action", make_result()).ok());
  upload_all();
  rex::GetActionResultRequest request;
  *request.mutable_action_digest() = digest_of("action");
  request.mutable_action_digest()->set_size_bytes(0);
  rex::ActionResult back;
  EXPECT_TRUE(get_result(request, back).ok()) << "clients over HTTP do not know it";
}

TEST_F(ReapiActions, WithWrongShapeAreRefused) {
  const auto code = [this](const rex::ActionResult& result) {
    return put_result("action", result).error_code();
  };
  rex::ActionResult absolute = make_result();
  absolute.mutable_output_files(0)->set_path("/etc/passwd");
  EXPECT_EQ(code(absolute), StatusCode::INVALID_ARGUMENT);
  rex::ActionResult nameless = make_result();
  nameless.mutable_output_files(0)->clear_path();
  EXPECT_EQ(code(nameless), StatusCode::INVALID_ARGUMENT);
  rex::ActionResult negative = make_result();
  negative.mutable_stdout_digest()->set_size_bytes(-1);
  EXPECT_EQ(code(negative), StatusCode::INVALID_ARGUMENT);
  rex::ActionResult no_digest = make_result();
  no_digest.mutable_output_directories(0)->mutable_tree_digest()->set_hash("xyz");
  EXPECT_EQ(code(no_digest), StatusCode::INVALID_ARGUMENT);
  rex::UpdateActionResultRequest nothing;
  *nothing.mutable_action_digest() = digest_of("action");
  rex::ActionResult back;
  EXPECT_EQ(actions_->UpdateActionResult(context().get(), nothing, &back).error_code(),
            StatusCode::INVALID_ARGUMENT);
}

TEST_F(ReapiActions, CarryDataOnlyWhenAsked) {
  ASSERT_TRUE(put_result("action", make_result()).ok());
  upload_all();
  rex::ActionResult back;
  ASSERT_TRUE(get_result("action", back).ok());
  EXPECT_EQ(back.stdout_raw(), "");
  EXPECT_EQ(back.output_files(0).contents(), "");
  rex::GetActionResultRequest request;
  *request.mutable_action_digest() = digest_of("action");
  request.set_inline_stdout(true);
  request.set_inline_stderr(true);
  request.add_inline_output_files("out/file");
  ASSERT_TRUE(get_result(request, back).ok());
  EXPECT_EQ(back.stdout_raw(), "said");
  EXPECT_EQ(Content(back.output_files(0).contents()), file_);
}

TEST_F(ReapiActions, LeaveDataOutThatWouldNotFit) {
  const Content large = random_bytes(4 << 20, 2);
  upload(large);
  rex::ActionResult result;
  *result.mutable_stdout_digest() = digest_of(large);
  ASSERT_TRUE(put_result("action", result).ok());
  rex::GetActionResultRequest request;
  *request.mutable_action_digest() = digest_of("action");
  request.set_inline_stdout(true);
  rex::ActionResult back;
  const auto status = get_result(request, back);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(back.stdout_raw(), "");
}

TEST_F(ReapiActions, PutDataThatTheyCarryIntoTheStore) {
  rex::ActionResult result;
  result.set_stdout_raw("inline stdout");
  auto& file = *result.add_output_files();
  file.set_path("f");
  file.set_contents("inline file");
  ASSERT_TRUE(put_result("action", result).ok());
  rex::ActionResult back;
  ASSERT_TRUE(get_result("action", back).ok());
  EXPECT_EQ(back.stdout_digest().hash(), digest_of("inline stdout").hash());
  EXPECT_EQ(read(read_name(back.output_files(0).digest())).data, Content("inline file"));
}

TEST_F(ReapiActions, OfOtherInstancesAreNotFound) {
  ASSERT_TRUE(put_result("action", {}, "one").ok());
  rex::ActionResult back;
  EXPECT_TRUE(get_result("action", back, "one").ok());
  EXPECT_EQ(get_result("action", back, "two").error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(get_result("action", back).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(ReapiActions, ThatAreOpaqueBytesOverHttpAreNotTheirs) {
  const auto blob = put_blob(store(), "not an ActionResult");
  ASSERT_TRUE(store().put({.space = cache::Space::bazel, .ns = "", .key = digest_of("a").hash()},
                          *blob, {}, cache::IfExists::replace));
  rex::ActionResult back;
  EXPECT_EQ(get_result("a", back).error_code(), StatusCode::NOT_FOUND);
}

// --- leases ------------------------------------------------------------------

class ReapiPressure : public ReapiFixture {
 protected:
  void SetUp() override {
    options_.max_bytes = 24 << 20;
    start();
  }
};

TEST_F(ReapiPressure, WhatWasPromisedSurvivesAStormOfWrites) {
  rex::ActionResult result;
  std::vector<rex::Digest> promised;
  for (unsigned i = 0; i < 8; ++i) {
    const Content blob = random_bytes(500'000, 100 + i);
    upload(blob);
    promised.push_back(digest_of(blob));
    auto& file = *result.add_output_files();
    file.set_path("f" + std::to_string(i));
    *file.mutable_digest() = promised.back();
  }
  ASSERT_TRUE(put_result("action", result).ok());
  ASSERT_TRUE(missing(promised).empty());
  // Gradle's entries take no lease: they are what has to go.
  std::vector<std::thread> storm;
  for (unsigned thread = 0; thread < 2; ++thread) {
    storm.emplace_back([&, thread] {
      for (unsigned i = 0; i < 60; ++i) {
        (void)put_entry(store(), std::to_string(thread) + "-" + std::to_string(i),
                        random_bytes(700'000, 1000 * (thread + 1) + i));
        rex::ActionResult back;
        EXPECT_TRUE(get_result("action", back).ok());
      }
    });
  }
  for (std::thread& thread : storm) {
    thread.join();
  }
  EXPECT_GT(store().stats().evicted_blobs, 0U) << "the storm was none";
  EXPECT_EQ(store().stats().evicted_while_referenced, 0U);
  EXPECT_TRUE(missing(promised).empty());
  for (const rex::Digest& digest : promised) {
    EXPECT_TRUE(read(read_name(digest)).status.ok());
  }
}

TEST_F(ReapiPressure, WhenAllIsPromisedWritesAreRefusedAndNothingBreaks) {
  std::vector<rex::Digest> promised;
  grpc::Status last;
  for (unsigned i = 0; i < 60 && last.ok(); ++i) {
    const Content blob = random_bytes(1 << 20, 500 + i);
    last = write(write_name(digest_of(blob)), blob).status;
    if (last.ok()) {
      promised.push_back(digest_of(blob));
    }
  }
  EXPECT_EQ(last.error_code(), StatusCode::RESOURCE_EXHAUSTED) << last.error_message();
  EXPECT_GT(promised.size(), 10U);
  EXPECT_TRUE(missing(promised).empty());
  rex::ServerCapabilities all;
  EXPECT_TRUE(capabilities_->GetCapabilities(context().get(), {}, &all).ok());
  EXPECT_TRUE(put_result("action", {}).ok()) << "dropped: a miss later, which no build notices";
}

TEST_F(ReapiPressure, AReaderKeepsItsBytesWhenTheBlobIsEvicted) {
  const Content blob = random_bytes(8 << 20, 7);
  upload(blob);
  const auto call = context();
  bs::ReadRequest request;
  request.set_resource_name(read_name(digest_of(blob)));
  const auto stream = bytes_->Read(call.get(), request);
  bs::ReadResponse piece;
  ASSERT_TRUE(stream->Read(&piece));
  Content got(piece.data());
  ASSERT_TRUE(*store().erase(sha256(as_bytes(blob))));
  while (stream->Read(&piece)) {
    got += piece.data();
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(got, blob);
}

// --- the connection ----------------------------------------------------------

class ReapiServer : public ReapiFixture {
 protected:
  void SetUp() override { start(); }
};

TEST_F(ReapiServer, DrainsLetsCallsFinishAndTellsClientsToGo) {
  const Content blob = random_bytes(1'000'000, 1);
  const auto call = context();
  bs::WriteResponse response;
  const auto stream = bytes_->Write(call.get(), &response);
  bs::WriteRequest first;
  first.set_resource_name(write_name(digest_of(blob)));
  first.set_data(blob.substr(0, 500'000));
  ASSERT_TRUE(stream->Write(first));
  ASSERT_TRUE(eventually([&] { return server_->busy(); }));
  bool drained = false;
  std::thread drainer([&] { drained = server_->drain(std::chrono::seconds(60)); });
  bs::WriteRequest rest;
  rest.set_write_offset(500'000);
  rest.set_data(blob.substr(500'000));
  rest.set_finish_write(true);
  EXPECT_TRUE(stream->Write(rest));
  stream->WritesDone();
  const auto status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.committed_size(), 1'000'000);
  drainer.join();
  EXPECT_TRUE(drained);
  EXPECT_FALSE(server_->busy());
}

TEST_F(ReapiServer, CutsCallsThatDoNotEndInTime) {
  const auto call = context();
  bs::WriteResponse response;
  const auto stream = bytes_->Write(call.get(), &response);
  bs::WriteRequest first;
  first.set_resource_name(write_name(digest_of("never finished")));
  first.set_data("never");
  ASSERT_TRUE(stream->Write(first));
  ASSERT_TRUE(eventually([&] { return server_->busy(); }));
  EXPECT_TRUE(server_->drain(std::chrono::milliseconds(50)));
  EXPECT_FALSE(stream->Finish().ok());
}

class Stranger final : public net::PeerCheck {
 public:
  Result<uid_t> uid_of(int) override { return ::geteuid() + 4711; }
};

TEST_F(ReapiServer, LetsNoOtherUserIn) {
  Stranger stranger;
  auto closed =
      net::GrpcServer::start(*runtime_, stranger, {.own_uid = ::geteuid(), .allow_root = false}, {},
                             services_->all(), *log_);
  ASSERT_TRUE(closed);
  auto listener = listen_on_loopback(0);
  const auto port = *port_of(listener->get());
  ASSERT_TRUE((*closed)->listen(*std::move(listener)));
  const auto stub = rex::Capabilities::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  rex::ServerCapabilities all;
  EXPECT_EQ(stub->GetCapabilities(context().get(), {}, &all).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_GE((*closed)->stats().refused, 1U);
  EXPECT_EQ((*closed)->stats().calls, 0U);
}

TEST_F(ReapiServer, TakesTheTokenWhereNoUserIdIsTold) {  // rule S11
  const auto untold = net::unix_peer_check();
  auto server = net::GrpcServer::start(
      *runtime_, *untold, {.own_uid = ::geteuid(), .token = "secret"}, {}, services_->all(), *log_);
  ASSERT_TRUE(server);
  auto listener = listen_on_loopback(0);
  const auto port = *port_of(listener->get());
  ASSERT_TRUE((*server)->listen(*std::move(listener)));
  const auto stub = rex::Capabilities::NewStub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  rex::ServerCapabilities all;
  EXPECT_EQ(stub->GetCapabilities(context().get(), {}, &all).error_code(),
            StatusCode::UNAUTHENTICATED);
  const auto with_token = context();
  with_token->AddMetadata("authorization", "Bearer secret");
  EXPECT_TRUE(stub->GetCapabilities(with_token.get(), {}, &all).ok());
}

TEST_F(ReapiServer, RefusesMessagesOverItsLimit) {
  rex::BatchUpdateBlobsRequest request;
  request.add_requests()->set_data(std::string(17 << 20, 'x'));
  rex::BatchUpdateBlobsResponse response;
  EXPECT_EQ(update_batch(request, response).error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ReapiServer, SurvivesGarbageOnItsPort) {
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\nHost: evil\r\n\r\n"), std::string(100'000, '\xff'),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string(500, '\x01')}) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    (void)!::send(socket.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL);
  }
  upload("still works");
}

}  // namespace
}  // namespace fabrik::testing
