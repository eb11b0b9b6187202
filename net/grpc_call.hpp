// One gRPC call between gRPC's threads and a coroutine. Internal to grpc_server.
#pragma once

#include <grpcpp/generic/async_generic_service.h>

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "net/request_observer.hpp"
#include "net/rpc.hpp"

namespace fabrik::net {

class GrpcCall;

// What the calls of a server share.
struct GrpcShared {
  std::string peer;   // of every call: the peer check lets nobody else in
  std::string token;  // what every call must present (access_token.hpp); empty: nothing
  Authenticator* authenticator = nullptr;  // whom every call must convince; nullptr: nobody
  RequestObserver* observer = nullptr;     // nullptr: nobody
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::int64_t> in_use{0};  // of those that count as use
  std::atomic<std::chrono::steady_clock::rep> last_use{0};

  std::mutex mutex;  // guards what follows
  bool draining = false;
  std::unordered_set<GrpcCall*> waiting;  // in until_cancelled()
};

// gRPC's reactions come on its own threads, one after another per kind; the
// coroutine runs on `executor`. The first message is read before the coroutine
// starts, and the last answer goes out together with the status: a unary call
// changes threads twice. Deletes itself when gRPC has let go of it.
class GrpcCall final : public grpc::ServerGenericBidiReactor, public RpcCall {
 public:
  // `service`: nullptr if nobody offers it.
  GrpcCall(grpc::GenericCallbackServerContext& context, RpcService* service, std::string method,
           boost::asio::any_io_executor executor, GrpcShared& shared);
  ~GrpcCall() override;

  std::string_view peer() const override { return caller_ ? peer_ : shared_.peer; }
  const Caller* caller() const override { return caller_ ? &*caller_ : nullptr; }
  std::optional<std::string_view> metadata(std::string_view name) const override;
  Task<Result<std::optional<Bytes>>> read() override;
  Task<Result<void>> write(std::span<const Bytes> pieces) override;
  Task<void> until_cancelled() override;

  // Ends until_cancelled(). Under the mutex of GrpcShared.
  void wake();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // Resumes the coroutine; takes what gRPC said.
  using Resume = std::move_only_function<void(bool)>;
  template <class Start>
  Task<bool> suspend(Start start);

  Task<RpcStatus> run();
  Task<RpcStatus> admit();
  Task<bool> send_held();
  void finish(const RpcStatus& status);
  void finish_now();

  grpc::GenericCallbackServerContext& context_;
  RpcService* service_;
  std::string method_;
  boost::asio::any_io_executor executor_;
  GrpcShared& shared_;
  const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::optional<Caller> caller_;
  std::string peer_;

  grpc::ByteBuffer request_;
  grpc::Slice message_;  // the request in one piece
  bool started_ = false;
  bool first_ok_ = false;
  bool first_taken_ = false;
  Resume on_read_;

  std::optional<grpc::ByteBuffer> held_;  // goes out with the next one or the status
  grpc::ByteBuffer sending_;
  std::mutex mutex_;  // guards what follows
  bool in_flight_ = false;
  bool broken_ = false;
  bool cancelled_ = false;
  Resume on_written_;
  Resume on_cancelled_;
  std::optional<grpc::Status> final_;
};

}  // namespace fabrik::net
