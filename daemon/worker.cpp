#include "daemon/worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <thread>

#include "adapters/adapters.hpp"
#include "adapters/reapi/services.hpp"
#include "base/clock.hpp"
#include "base/fs.hpp"
#include "base/listen.hpp"
#include "base/resident_memory.hpp"
#include "cache/local_cache.hpp"
#include "cache/local_content.hpp"
#include "cache/resilient_store.hpp"
#include "daemon/admin.hpp"
#include "daemon/api.hpp"
#include "daemon/audit_writer.hpp"
#include "daemon/idle_policy.hpp"
#include "daemon/process.hpp"
#include "daemon/ready_line.hpp"
#include "daemon/settings.hpp"
#include "daemon/stop_signal.hpp"
#include "net/grpc_server.hpp"
#include "net/health_adapter.hpp"
#include "net/http_server.hpp"
#include "statefs/access_token.hpp"

namespace fabrik::daemon {
namespace {

// Everything that serves. Members are destroyed in reverse order, so what uses
// something stands below it; the server goes first of all (see stop()).
class Worker {
 public:
  Worker(const WorkerArguments& arguments, const config::Config& config, Log& log)
      : arguments_(arguments), config_(config), log_(log) {}

  Result<ReadyFacts> start();
  // True: told to stop. False: idle for long enough.
  bool serve(StopSignal& stop_signal);
  void stop(std::chrono::milliseconds patience);

 private:
  Result<void> choose_access();
  Result<void> open_store();
  void make_routers();
  Snapshot snapshot() const;
  Result<void> start_grpc();
  Result<void> listen(ReadyFacts& facts);
  Activity activity() const;
  void flush();

  const WorkerArguments& arguments_;
  const config::Config& config_;
  Log& log_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  SystemClock clock_;
  std::unique_ptr<net::PeerCheck> peer_check_;
  net::PeerPolicy policy_{.own_uid = ::geteuid()};
  std::unique_ptr<cache::Store> store_;
  cache::CacheCounters counters_;
  adapters::MismatchCounters mismatches_;
  RequestMetrics request_metrics_{log_};
  std::unique_ptr<AuditWriter> audit_;  // null without a state directory
  std::optional<net::Runtime> runtime_;
  std::unique_ptr<cache::CacheApi> cache_;
  std::unique_ptr<cache::ContentApi> content_;
  std::vector<std::unique_ptr<net::HttpAdapter>> adapters_;
  std::optional<net::Router> cache_router_;
  std::optional<net::Router> admin_router_;
  std::unique_ptr<net::HttpServer> server_;
  std::optional<adapters::reapi::Services> reapi_;
  std::unique_ptr<net::GrpcServer> grpc_;
};

Result<ReadyFacts> Worker::start() {
  FABRIK_CHECK(choose_access());
  FABRIK_CHECK(open_store());
  runtime_.emplace(net::choose_threads(config_.runtime.worker_threads,
                                       std::max(1U, std::thread::hardware_concurrency())));
  if (!arguments_.state_dir.empty()) {
    audit_ = std::make_unique<AuditWriter>(log_dir(arguments_), clock_, log_);
  }
  cache_ = std::make_unique<cache::LocalCache>(*store_, runtime_->pool(), counters_, audit_.get(),
                                               compressed_parts(config_));
  content_ = std::make_unique<cache::LocalContent>(*store_, runtime_->pool(), counters_,
                                                   audit_.get(), compressed_parts(config_));
  server_ = std::make_unique<net::HttpServer>(*runtime_, *peer_check_, policy_,
                                              http_limits(config_), log_, &request_metrics_);
  FABRIK_CHECK(start_grpc());
  make_routers();
  ReadyFacts facts{.cache_dir = cache_dir(arguments_, config_),
                   .degraded = store_->stats().problem,
                   .token_mode = !policy_.token.empty(),
                   .http_port = std::nullopt,
                   .grpc_port = std::nullopt};
  FABRIK_CHECK(listen(facts));
  return facts;
}

// By the user id of each connection; by token where that is asked for, or where the
// system does not tell the user id.
Result<void> Worker::choose_access() {
  auto check = net::open_peer_check();
  if (!check && arguments_.token_file.empty()) {
    return fail(std::move(check).error());
  }
  if (!check || config_.daemon.access == config::Access::token) {
    FABRIK_TRY(policy_.token, statefs::read_access_token(arguments_.token_file));
  }
  if (!check) {
    log_.warn("clients are told apart by token", {{"why", check.error().message}});
  }
  peer_check_ = check ? *std::move(check) : net::unix_peer_check();
  return {};
}

Result<void> Worker::open_store() {
  // A build goes on without its cache; it must not fail because of it.
  const auto open = [this, options = store_options(arguments_, config_)] {
    return cache::open_rocks_store(options, clock_, log_);
  };
  FABRIK_TRY(store_, cache::open_resilient_store(open, log_));
  return {};
}

// Also without a service to offer: whoever connects then learns that at once.
Result<void> Worker::start_grpc() {
  std::vector<net::RpcService*> services;
  if (config_.build_tools.is_enabled("bazel")) {
    reapi_.emplace(adapters::AdapterContext{.cache = *cache_,
                                            .content = *content_,
                                            .log = log_,
                                            .tools = config_.build_tools,
                                            .clock = clock_,
                                            .mismatches = mismatches_},
                   config_.build_tools.bazel_zstd == config::WireZstd::on);
    services = reapi_->all();
  }
  FABRIK_TRY(grpc_, net::GrpcServer::start(*runtime_, *peer_check_, policy_, {},
                                           std::move(services), log_, &request_metrics_));
  return {};
}

void Worker::make_routers() {
  const auto problem_now = [this] { return store_->stats().problem; };
  std::vector<net::HttpAdapter*> routes;
  routes.push_back(adapters_.emplace_back(std::make_unique<net::HealthAdapter>(problem_now)).get());
  routes.push_back(adapters_
                       .emplace_back(std::make_unique<ApiAdapter>(
                           ApiView{.snapshot = [this] { return snapshot(); },
                                   .store = *store_,
                                   .pool = runtime_->pool(),
                                   .clock = clock_}))
                       .get());
  for (auto& adapter : adapters::make_adapters({.cache = *cache_,
                                                .content = *content_,
                                                .log = log_,
                                                .tools = config_.build_tools,
                                                .clock = clock_,
                                                .mismatches = mismatches_})) {
    routes.push_back(adapters_.emplace_back(std::move(adapter)).get());
  }
  cache_router_.emplace(std::move(routes));
  AdminView view{.problem = problem_now,
                 .store = *store_,
                 .counters = counters_,
                 .server = *server_,
                 .grpc = *grpc_,
                 .mismatches = mismatches_,
                 .pool = runtime_->pool(),
                 .audit = audit_.get(),
                 .log_dir = log_dir(arguments_),
                 .started = started_};
  admin_router_.emplace(std::vector<net::HttpAdapter*>{
      adapters_.emplace_back(std::make_unique<AdminAdapter>(std::move(view))).get()});
}

Snapshot Worker::snapshot() const {
  const net::HttpServerStats server = server_->stats();
  const net::GrpcServerStats grpc = grpc_->stats();
  Snapshot snapshot{.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::steady_clock::now() - started_),
                    .store = store_->stats(),
                    .requests = request_metrics_.all(),
                    .by_tool = request_metrics_.by_tool(),
                    .errors = request_metrics_.errors(),
                    .in_flight = server.in_flight + grpc.in_flight,
                    .connections = server.connections,
                    .refused = server.refused + grpc.refused};
  for (std::size_t i = 0; i < cache::kSpaces.size(); ++i) {
    snapshot.spaces[i] = counters_.of(cache::kSpaces[i]);
  }
  return snapshot;
}

// Takes an inherited descriptor, which must not leak into children of ours.
UniqueFd inherited(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return UniqueFd(fd);
}

// The inherited descriptor, or a port that we open; then `opened` says which.
Result<UniqueFd> tcp_listener(int fd, std::optional<std::uint16_t> port,
                              std::optional<std::uint16_t>& opened) {
  if (fd >= 0) {
    return inherited(fd);
  }
  FABRIK_TRY(UniqueFd listener, listen_on_loopback(*port));
  FABRIK_TRY(opened, port_of(listener.get()));
  return listener;
}

Result<void> Worker::listen(ReadyFacts& facts) {
  FABRIK_TRY(UniqueFd http,
             tcp_listener(arguments_.http_fd, arguments_.http_port, facts.http_port));
  FABRIK_CHECK(server_->listen(std::move(http), *cache_router_));
  if (arguments_.grpc_fd >= 0 || arguments_.grpc_port) {
    FABRIK_TRY(UniqueFd grpc,
               tcp_listener(arguments_.grpc_fd, arguments_.grpc_port, facts.grpc_port));
    FABRIK_CHECK(grpc_->listen(std::move(grpc)));
  }
  UniqueFd admin;
  if (arguments_.admin_fd >= 0) {
    admin = inherited(arguments_.admin_fd);
  } else if (!arguments_.admin_socket.empty()) {
    FABRIK_TRY(admin, listen_on_unix(arguments_.admin_socket));
  }
  if (admin) {
    FABRIK_CHECK(server_->listen(std::move(admin), *admin_router_));
  }
  return {};
}

Activity Worker::activity() const {
  return {.busy = server_->busy() || grpc_->busy(),
          .last_request = std::max(server_->last_request(), grpc_->last_request())};
}

bool Worker::serve(StopSignal& stop_signal) {
  IdlePolicy idle({.exit_after = config_.daemon.idle_timeout});
  for (;;) {
    const IdlePolicy::Step step = idle.next(std::chrono::steady_clock::now(), activity());
    switch (step.action) {
      case IdlePolicy::Action::exit:
        return false;
      case IdlePolicy::Action::flush:
        flush();
        break;
      case IdlePolicy::Action::wait:
        if (stop_signal.wait(step.look_again)) {
          return true;
        }
    }
  }
}

void Worker::flush() {
  if (const Result<void> flushed = store_->flush(); !flushed) {
    log_.warn("the store could not write its buffers down", {{"error", flushed.error().message}});
  }
  if (audit_) {
    audit_->flush();
  }
  release_idle_memory();
}

void Worker::stop(std::chrono::milliseconds patience) {
  server_->stop_accepting();
  auto grpc_ended = std::async(std::launch::async, [&] { return grpc_->drain(patience); });
  const bool http_ended = server_->drain(patience);
  const bool all_ended = grpc_ended.get() && http_ended;
  flush();
  if (!all_ended) {
    // A request is stuck in the disk. Waiting for it could take for ever, and
    // what was acknowledged is safe.
    log_.error("requests hang; leaving without them");
    std::_Exit(0);
  }
  grpc_.reset();
  server_.reset();
  runtime_->stop();
}

// `log` is null before there is one.
int give_up(const WorkerArguments& arguments, const Error& error, Log* log) {
  if (log) {
    log->error("the worker cannot start", {{"error", error.message}});
  } else if (arguments.ready_fd < 0) {
    const std::string text = "fabrikd: " + error.message + "\n";
    static_cast<void>(write_all(STDERR_FILENO, text));
  }
  static_cast<void>(tell_starter(arguments.ready_fd, error_line(error)));
  return exit_code(error.code);
}

void log_config_notes(const config::Loaded& loaded, Log& log) {
  for (const std::string& key : loaded.ignored_keys) {
    log.info("a privileged key is ignored until the project is trusted", {{"key", key}});
  }
  for (const std::string& warning : loaded.warnings) {
    log.warn(warning);
  }
}

}  // namespace

int run_worker(const WorkerArguments& arguments, const Env& env) {
  prepare_process();
  StopSignal stop_signal;
  if (arguments.ready_fd >= 0) {
    ::fcntl(arguments.ready_fd, F_SETFD, FD_CLOEXEC);
    end_with_parent();
  }
  const Result<config::Loaded> loaded = load_config(arguments, env);
  if (!loaded) {
    return give_up(arguments, loaded.error(), nullptr);
  }
  const config::Config& config = loaded->config;
  const std::unique_ptr<Log> log = open_worker_log(arguments, config);
  log_config_notes(*loaded, *log);
  Worker worker(arguments, config, *log);
  const Result<ReadyFacts> facts = worker.start();
  if (!facts) {
    return give_up(arguments, facts.error(), log.get());
  }
  if (!tell_starter(arguments.ready_fd, ready_line(*facts))) {
    log->error("whoever started the worker is gone");
    worker.stop(std::chrono::milliseconds(0));
    return exit_code(Errc::cancelled);
  }
  log->info("worker ready", {{"project", arguments.project_id},
                             {"cache_dir", facts->cache_dir.string()},
                             {"pid", ::getpid()}});
  const bool told = worker.serve(stop_signal);
  stop_signal.next_one_kills();
  log->info(told ? "stopping" : "idle for long enough, leaving");
  worker.stop(config.runtime.graceful_shutdown_timeout);
  log->info("worker ended");
  return 0;
}

}  // namespace fabrik::daemon
