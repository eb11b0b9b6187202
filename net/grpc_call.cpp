#include "net/grpc_call.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "net/access_token.hpp"

namespace fabrik::net {
namespace asio = boost::asio;
namespace {

std::unexpected<Error> gone() {
  return fail(Errc::cancelled, "the client has gone or its deadline has passed");
}

// Copies: the pieces belong to the caller, who goes on while gRPC sends.
grpc::ByteBuffer join(std::span<const Bytes> pieces) {
  std::size_t size = 0;
  for (const Bytes piece : pieces) {
    size += piece.size();
  }
  grpc_slice joined = grpc_slice_malloc(size);
  auto* out = GRPC_SLICE_START_PTR(joined);
  for (const Bytes piece : pieces) {
    if (!piece.empty()) {
      __builtin_memcpy(out, piece.data(), piece.size());
      out += piece.size();
    }
  }
  const grpc::Slice slice(joined, grpc::Slice::STEAL_REF);
  return {&slice, 1};
}

std::chrono::steady_clock::rep now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

GrpcCall::GrpcCall(grpc::GenericCallbackServerContext& context, RpcService* service,
                   std::string method, asio::any_io_executor executor, GrpcShared& shared)
    : context_(context),
      service_(service),
      method_(std::move(method)),
      executor_(std::move(executor)),
      shared_(shared) {
  ++shared_.calls;
  ++shared_.in_flight;
  if (service_ != nullptr && service_->counts_as_use()) {
    ++shared_.in_use;
  }
  StartRead(&request_);
}

GrpcCall::~GrpcCall() {
  if (service_ != nullptr && service_->counts_as_use()) {
    shared_.last_use = now();
    --shared_.in_use;
  }
  --shared_.in_flight;
}

template <class Start>
Task<bool> GrpcCall::suspend(Start start) {
  const auto initiate = [&start](auto handler) {
    auto guard = asio::make_work_guard(handler);
    start(Resume([handler = std::move(handler), guard = std::move(guard)](bool ok) mutable {
      const auto executor = guard.get_executor();
      asio::post(executor, [handler = std::move(handler), ok]() mutable { handler(ok); });
    }));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(
      initiate, asio::use_awaitable);
}

std::optional<std::string_view> GrpcCall::metadata(std::string_view name) const {
  const auto found = context_.client_metadata().find(grpc::string_ref(name.data(), name.size()));
  if (found == context_.client_metadata().end()) {
    return std::nullopt;
  }
  return std::string_view(found->second.data(), found->second.size());
}

// --- reading -----------------------------------------------------------------

Task<Result<std::optional<Bytes>>> GrpcCall::read() {
  bool ok = first_ok_;
  if (std::exchange(first_taken_, true)) {
    const auto start = [this](Resume resume) {
      on_read_ = std::move(resume);
      StartRead(&request_);
    };
    ok = co_await suspend(start);
  }
  if (!ok) {
    const std::lock_guard lock(mutex_);
    if (cancelled_) {
      co_return gone();
    }
    co_return std::nullopt;
  }
  if (!request_.DumpToSingleSlice(&message_).ok()) {
    co_return fail(Errc::internal, "take a message from gRPC");
  }
  request_.Clear();
  co_return std::optional(
      Bytes(reinterpret_cast<const std::byte*>(message_.begin()), message_.size()));
}

void GrpcCall::OnReadDone(bool ok) {
  if (!std::exchange(started_, true)) {
    first_ok_ = ok;
    asio::co_spawn(executor_, run(), [this](const std::exception_ptr& failure, RpcStatus status) {
      finish(failure ? RpcStatus{RpcCode::internal, "the call failed inside the cache"} : status);
    });
    return;
  }
  auto resume = std::move(on_read_);
  resume(ok);
}

// --- writing -----------------------------------------------------------------

Task<Result<void>> GrpcCall::write(std::span<const Bytes> pieces) {
  if (held_) {
    const bool sent = co_await send_held();
    if (!sent) {
      co_return gone();
    }
  }
  held_ = join(pieces);
  co_return Result<void>{};
}

// Starts to send it, once what was sent before has gone out.
Task<bool> GrpcCall::send_held() {
  const auto wait = [this](Resume resume) {
    {
      const std::lock_guard lock(mutex_);
      if (in_flight_) {
        on_written_ = std::move(resume);
        return;
      }
    }
    resume(true);
  };
  bool busy = false;
  {
    const std::lock_guard lock(mutex_);
    busy = in_flight_;
  }
  if (busy) {
    co_await suspend(wait);
  }
  {
    const std::lock_guard lock(mutex_);
    if (broken_ || cancelled_) {
      co_return false;
    }
    in_flight_ = true;
  }
  sending_.Swap(&*held_);
  held_.reset();
  StartWrite(&sending_);
  co_return true;
}

void GrpcCall::OnWriteDone(bool ok) {
  Resume resume;
  bool finished = false;
  {
    const std::lock_guard lock(mutex_);
    in_flight_ = false;
    broken_ = broken_ || !ok;
    resume = std::move(on_written_);
    on_written_ = {};
    finished = final_.has_value();
  }
  if (resume) {
    resume(ok);
  } else if (finished) {
    finish_now();
  }
}

// --- the end -----------------------------------------------------------------

Task<void> GrpcCall::until_cancelled() {
  if (held_) {
    co_await send_held();
  }
  const auto wait = [this](Resume resume) {
    {
      const std::lock_guard shared_lock(shared_.mutex);
      const std::lock_guard lock(mutex_);
      if (!cancelled_ && !shared_.draining) {
        on_cancelled_ = std::move(resume);
        shared_.waiting.insert(this);
        return;
      }
    }
    resume(true);
  };
  co_await suspend(wait);
}

void GrpcCall::wake() {
  Resume resume;
  {
    const std::lock_guard lock(mutex_);
    resume = std::move(on_cancelled_);
    on_cancelled_ = {};
  }
  if (resume) {
    resume(true);
  }
}

void GrpcCall::OnCancel() {
  const std::lock_guard shared_lock(shared_.mutex);
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  shared_.waiting.erase(this);
  wake();
}

// Whether the caller may make this call. With two authorization headers it is the first.
Task<RpcStatus> GrpcCall::admit() {
  const std::string_view authorization = metadata("authorization").value_or("");
  if (!shared_.token.empty() && !is_token_of(authorization, shared_.token)) {
    co_return RpcStatus{RpcCode::unauthenticated,
                        "the call does not carry this project's token; FABRIK_TOKEN has it"};
  }
  const auto needed = service_ == nullptr ? std::nullopt : service_->needs(method_);
  if (shared_.authenticator == nullptr || !needed) {
    co_return RpcStatus{};
  }
  Result<Caller> caller = co_await shared_.authenticator->authenticate(authorization);
  if (!caller) {
    const bool undecided = caller.error().code == Errc::unavailable;
    co_return RpcStatus{undecided ? RpcCode::unavailable : RpcCode::unauthenticated,
                        caller.error().message};
  }
  if (!caller->scopes.has(*needed)) {
    co_return RpcStatus{RpcCode::permission_denied,
                        "the token does not grant " + std::string(net::name(*needed))};
  }
  caller_ = *std::move(caller);
  peer_ = "token " + caller_->subject;
  co_return RpcStatus{};
}

Task<RpcStatus> GrpcCall::run() {
  if (RpcStatus admitted = co_await admit(); !admitted.ok()) {
    co_return admitted;
  }
  if (service_ == nullptr) {
    co_return unimplemented(context_.method());
  }
  co_return co_await service_->handle(method_, *this);
}

void GrpcCall::finish(const RpcStatus& status) {
  {
    const std::lock_guard lock(mutex_);
    final_.emplace(static_cast<grpc::StatusCode>(status.code), status.message);
    if (in_flight_) {
      return;  // OnWriteDone goes on
    }
  }
  finish_now();
}

void GrpcCall::finish_now() {
  if (held_) {
    StartWriteAndFinish(&*held_, grpc::WriteOptions(), *final_);
  } else {
    Finish(*final_);
  }
}

void GrpcCall::OnDone() {
  if (shared_.observer != nullptr && service_ != nullptr && service_->counts_as_use()) {
    shared_.observer->ended({.tool = "grpc",
                             .method = "POST",
                             .path = context_.method(),
                             .status = final_ ? static_cast<int>(final_->error_code()) : 0,
                             .peer = peer(),
                             .traceparent = metadata("traceparent").value_or(""),
                             .duration = std::chrono::steady_clock::now() - since_});
  }
  delete this;
}

RpcStatus unimplemented(std::string_view method) {
  return {RpcCode::unimplemented, "this cache does not have " + std::string(method)};
}

}  // namespace fabrik::net
