// One gRPC call as services see it, and the interface of those who answer. No gRPC
// types: messages are bytes, so that services need nothing but their own protocol.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/caller.hpp"
#include "net/task.hpp"

namespace fabrik::net {

// The codes of gRPC (grpc/status.h); the numbers are the protocol's.
enum class RpcCode {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

struct RpcStatus {
  RpcCode code = RpcCode::ok;
  std::string message;

  bool ok() const { return code == RpcCode::ok; }
};

// Lives for one call. Used by one coroutine at a time.
class RpcCall {
 public:
  virtual ~RpcCall() = default;

  // "uid 1000", for records of who wrote what.
  virtual std::string_view peer() const = 0;
  // Who has proved to make it, where callers have to; nullptr: they do not.
  virtual const Caller* caller() const { return nullptr; }
  // A header of the request, binary ones (name-bin) decoded; nullopt: not sent.
  virtual std::optional<std::string_view> metadata(std::string_view name) const = 0;

  // The next message of the client, valid until the next read(); nullopt: the
  // client has sent its last one. cancelled: the client went away or its deadline
  // has passed.
  virtual Task<Result<std::optional<Bytes>>> read() = 0;
  // Sends one message that consists of these pieces; they are copied. Waits until
  // the transport takes more. cancelled as above.
  virtual Task<Result<void>> write(std::span<const Bytes> pieces) = 0;
  // Ends when the client has gone or the server is about to stop.
  virtual Task<void> until_cancelled() = 0;
};

// Speaks one service. One instance serves all calls concurrently, from any runtime
// thread: keep no mutable state that is not synchronised.
class RpcService {
 public:
  virtual ~RpcService() = default;
  // As in the path of its calls: "google.bytestream.ByteStream".
  virtual std::string_view name() const = 0;
  // Whether its calls keep an idle worker from leaving; those of probes do not.
  virtual bool counts_as_use() const { return true; }
  // What a caller must be allowed to do for this method, where callers have to prove
  // who they are; nullopt: nothing.
  virtual std::optional<Scope> needs(std::string_view method) const = 0;
  // The status ends the call. UNIMPLEMENTED for methods it does not have.
  virtual Task<RpcStatus> handle(std::string_view method, RpcCall& call) = 0;
};

RpcStatus unimplemented(std::string_view method);

}  // namespace fabrik::net
