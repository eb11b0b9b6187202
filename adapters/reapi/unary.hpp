// Calls with one request and one answer, and the digests in them.
#pragma once

#include <google/protobuf/message_lite.h>

#include <optional>
#include <vector>

#include "adapters/reapi/context.hpp"
#include "build/bazel/remote/execution/v2/remote_execution.pb.h"
#include "cache/audit_log.hpp"
#include "cache/entry.hpp"
#include "net/rpc.hpp"

namespace fabrik::adapters::reapi {

namespace rex = ::build::bazel::remote::execution::v2;

// Reads the only request. invalid_argument: none came, or it is no such message.
net::Task<Result<void>> read_request(net::RpcCall& call, google::protobuf::MessageLite& request);
net::Task<net::RpcStatus> answer(net::RpcCall& call, const google::protobuf::MessageLite& message);

// Runs `handler(request, response)`, a coroutine that returns Result<void>.
template <class Request, class Response, class Handler>
net::Task<net::RpcStatus> unary(net::RpcCall& call, Handler handler) {
  Request request;
  if (const Result<void> read = co_await read_request(call, request); !read) {
    co_return to_status(read.error());
  }
  Response response;
  if (const Result<void> done = co_await handler(request, response); !done) {
    co_return to_status(done.error());
  }
  co_return co_await answer(call, response);
}

// invalid_argument unless it is SHA-256 or not said, which means SHA-256 for
// digests of that length.
Result<void> check_function(int digest_function);
Result<cache::BlobRef> blob_ref(const rex::Digest& digest);
Result<std::vector<cache::BlobRef>> blob_refs(
    const google::protobuf::RepeatedPtrField<rex::Digest>& digests);
void put_digest(const cache::BlobRef& blob, rex::Digest& digest);

// The blob of no bytes, which is always there.
const cache::BlobRef& empty_blob();
bool is_empty_blob(const cache::BlobRef& blob);

// All of a blob; nullopt: it is not there with that size, or damaged.
net::Task<Result<std::optional<std::string>>> read_blob(cache::ContentApi& content,
                                                        cache::BlobRef blob);
// Stores and leases it. digest_mismatch unless the bytes are `blob`.
net::Task<Result<void>> store_blob(cache::ContentApi& content, cache::BlobRef blob,
                                   std::string_view bytes, cache::WriteOrigin origin);

// Who makes the call, with what its RequestMetadata says of tool and invocation.
cache::WriteOrigin origin_of(const net::RpcCall& call);
// The metadata of an entry that it writes.
cache::EntryMeta meta_of(const cache::WriteOrigin& origin);

}  // namespace fabrik::adapters::reapi
