// One HTTP request and its response, and the interface of those who answer.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "net/http_message.hpp"
#include "net/task.hpp"

namespace fabrik::net {

// What only its end tells how long it is.
inline constexpr std::uint64_t kUnknownLength = std::numeric_limits<std::uint64_t>::max();

// A body, produced piece by piece.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // Total bytes that next() will produce, or kUnknownLength.
  virtual std::uint64_t size() const = 0;
  // The next piece (at most kChunkSize), empty at the end. The view is valid
  // until the next call. After an error the source is finished.
  virtual Task<Result<Bytes>> next() = 0;
};

// Lives for one request. Used by one coroutine at a time. Exactly one of reply()
// and stream() must be called; the transport answers 500 when neither was.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  virtual const Request& request() const = 0;

  // The next piece of the request body, empty at its end; never holds the whole
  // body. Errors: cancelled (client went away or sent less than announced),
  // timeout (client too slow), invalid_argument (bad chunking).
  virtual Task<Result<Bytes>> read_body() = 0;

  // Sends the response with this body (no body for HEAD). What the adapter left
  // unread of the request body is read and dropped first, so that clients which
  // send before they read get their answer.
  virtual Task<Result<void>> reply(Response response, std::string body = {}) = 0;

  // Sends the head with Content-Length: body.size(), then the body (head only
  // for HEAD). When the source fails the connection is cut before the announced
  // length: a client never takes a broken body for a complete one. A body of unknown
  // length goes out in chunks, to clients of HTTP/1.0 until the connection ends.
  virtual Task<Result<void>> stream(Response response, BodySource& body) = 0;
};

// Speaks one protocol. One instance serves all requests concurrently, from any
// runtime thread: keep no mutable state that is not synchronised.
class HttpAdapter {
 public:
  virtual ~HttpAdapter() = default;
  // As in [build_tools] enabled: "gradle".
  virtual std::string_view name() const = 0;
  // Whether this request is spoken in this adapter's protocol. The first
  // adapter in the server's list that claims a request gets it; nobody: 404.
  virtual bool claims(const Request& request) const = 0;
  // What a caller must be allowed to do for this request, which it claims, where callers
  // have to prove who they are; nullopt: nothing.
  virtual std::optional<Scope> needs(const Request& request) const;
  virtual Task<void> handle(HttpExchange& exchange) = 0;
};

}  // namespace fabrik::net
