#include "net/grpc_server.hpp"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <condition_variable>
#include <map>
#include <thread>

#include "net/acceptor.hpp"
#include "net/grpc_call.hpp"

namespace fabrik::net {
namespace {

// Calls that were cut end as soon as whatever the disk is doing for them does.
constexpr std::chrono::milliseconds kAfterCut{2000};
constexpr int kHandshakeMs = 20'000;
// How often clients may ping us without being sent away.
constexpr int kLeastPingIntervalMs = 1000;
// What a connection may hold that no call has asked for yet. Left alone, gRPC grows its
// buffers to 4 MiB each and its windows beyond that; over loopback or a LAN it wins
// nothing by it, and 64 busy connections would take half a GiB.
constexpr int kWindow = 256 * 1024;

// "/package.Service/Method" in its two parts.
std::pair<std::string_view, std::string_view> split_path(std::string_view path) {
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::pair(path, std::string_view())
                                         : std::pair(path.substr(0, slash), path.substr(slash + 1));
}

class Dispatcher final : public grpc::CallbackGenericService {
 public:
  Dispatcher(Runtime& runtime, const std::vector<RpcService*>& services, GrpcShared& shared)
      : runtime_(runtime), shared_(shared) {
    for (RpcService* service : services) {
      services_.emplace(service->name(), service);
    }
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const auto [service, method] = split_path(context->method());
    const auto found = services_.find(service);
    return new GrpcCall(*context, found == services_.end() ? nullptr : found->second,
                        std::string(method), runtime_.make_executor(), shared_);
  }

 private:
  Runtime& runtime_;
  GrpcShared& shared_;
  std::map<std::string, RpcService*, std::less<>> services_;
};

}  // namespace

struct GrpcServer::Impl {
  Impl(Runtime& used_runtime, PeerCheck& used_check, PeerPolicy allowed,
       const std::vector<RpcService*>& services, Log& log_to)
      : runtime(used_runtime),
        peer_check(used_check),
        policy(allowed),
        log(log_to),
        dispatcher(runtime, services, shared) {}

  void take(UniqueFd socket, int listener);
  void stop_accepting();

  Runtime& runtime;
  PeerCheck& peer_check;
  const PeerPolicy policy;
  Log& log;
  GrpcShared shared;
  Dispatcher dispatcher;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> entrance;
  std::unique_ptr<grpc::Server> server;
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::vector<std::shared_ptr<Acceptor>> acceptors;
  std::size_t running_acceptors = 0;
  bool shut_down = false;
};

void GrpcServer::Impl::take(UniqueFd socket, int listener) {
  ++accepted;
  const Result<uid_t> uid = peer_check.uid_of(socket.get());
  const bool calls_bring_the_token =
      policy.authenticator != nullptr || (!uid && !policy.token.empty());
  if (!calls_bring_the_token && (!uid || !policy.admits(*uid))) {
    ++refused;
    log.warn("refused a gRPC connection",
             {{"reason", uid ? "it is user " + std::to_string(*uid) + "'s" : uid.error().message}});
    return;
  }
  // gRPC sets it on sockets that it accepts itself.
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.listener_fd = listener;
  connection.fd = socket.release();
  entrance->HandleNewConnection(&connection);
}

void GrpcServer::Impl::stop_accepting() {
  std::unique_lock lock(mutex);
  for (const auto& acceptor : acceptors) {
    acceptor->stop();
  }
  changed.wait(lock, [this] { return running_acceptors == 0; });
  acceptors.clear();
}

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(Runtime& runtime, PeerCheck& peer_check,
                                                      PeerPolicy policy, const GrpcLimits& limits,
                                                      std::vector<RpcService*> services, Log& log,
                                                      RequestObserver* observer) {
  auto impl = std::make_unique<Impl>(runtime, peer_check, policy, services, log);
  impl->shared.peer = "uid " + std::to_string(policy.own_uid);
  impl->shared.token = policy.token;
  impl->shared.authenticator = policy.authenticator;
  impl->shared.observer = observer;
  impl->shared.last_use = std::chrono::steady_clock::now().time_since_epoch().count();
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(&impl->dispatcher);
  impl->entrance = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      grpc::InsecureServerCredentials());
  builder.SetMaxReceiveMessageSize(limits.message_bytes);
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.streams_per_connection);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kLeastPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kWindow);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindow);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  impl->server = builder.BuildAndStart();
  if (!impl->server) {
    return fail(Errc::internal, "start the gRPC server");
  }
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GrpcServer::~GrpcServer() {
  impl_->stop_accepting();
  impl_->server->Shutdown(std::chrono::system_clock::now());
  impl_->server->Wait();
}

Result<void> GrpcServer::listen(UniqueFd listener) {
  Impl& impl = *impl_;
  const int number = listener.get();
  AcceptorHooks hooks{
      .has_room = [] { return true; },
      .make_room = [] {},
      .take = [&impl, number](UniqueFd socket) { impl.take(std::move(socket), number); }};
  FABRIK_TRY(const std::shared_ptr<Acceptor> acceptor,
             Acceptor::create(impl.runtime.make_executor(), std::move(listener), std::move(hooks),
                              impl.log));
  {
    const std::lock_guard lock(impl.mutex);
    impl.acceptors.push_back(acceptor);
    ++impl.running_acceptors;
  }
  acceptor->start([&impl] {
    const std::lock_guard lock(impl.mutex);
    --impl.running_acceptors;
    impl.changed.notify_all();
  });
  return {};
}

bool GrpcServer::drain(std::chrono::milliseconds deadline) {
  Impl& impl = *impl_;
  impl.stop_accepting();
  {
    const std::lock_guard lock(impl.shared.mutex);
    impl.shared.draining = true;
    for (GrpcCall* call : std::exchange(impl.shared.waiting, {})) {
      call->wake();
    }
  }
  // Shutdown() waits for handlers without a limit; a disk may hang.
  const auto cut_at = std::chrono::system_clock::now() + deadline;
  std::thread shutdown([&impl, cut_at] {
    impl.server->Shutdown(cut_at);
    const std::lock_guard lock(impl.mutex);
    impl.shut_down = true;
    impl.changed.notify_all();
  });
  std::unique_lock lock(impl.mutex);
  const bool ended =
      impl.changed.wait_for(lock, deadline + kAfterCut, [&impl] { return impl.shut_down; });
  lock.unlock();
  if (ended) {
    shutdown.join();
  } else {
    impl.log.error("gRPC calls hang", {{"calls", impl.shared.in_flight.load()}});
    shutdown.detach();  // the caller gives the process up
  }
  return ended;
}

GrpcServerStats GrpcServer::stats() const {
  return {
      .accepted = impl_->accepted.load(),
      .calls = impl_->shared.calls.load(),
      .in_flight = static_cast<std::uint64_t>(std::max<std::int64_t>(0, impl_->shared.in_flight)),
      .refused = impl_->refused.load()};
}

bool GrpcServer::busy() const {
  return impl_->shared.in_use.load() > 0;
}

std::chrono::steady_clock::time_point GrpcServer::last_request() const {
  return std::chrono::steady_clock::time_point(
      std::chrono::steady_clock::duration(impl_->shared.last_use.load()));
}

}  // namespace fabrik::net
