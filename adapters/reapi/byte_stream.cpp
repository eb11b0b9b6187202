// Read and QueryWriteStatus; Write has a file of its own.
#include "adapters/reapi/byte_stream.hpp"

#include <algorithm>
#include <array>

#include "adapters/reapi/write_stream.hpp"
#include "google/bytestream/bytestream.pb.h"

namespace fabrik::adapters::reapi {
namespace {

// ReadResponse.data, field 10, length-delimited: its tag and the length follow.
constexpr std::byte kDataTag{0x52};

net::Task<Result<void>> send(net::RpcCall& call, Bytes data) {
  std::array<std::byte, 6> head{kDataTag};
  std::size_t head_size = 1;
  for (std::size_t length = data.size(); head_size < head.size(); length >>= 7U) {
    head[head_size++] = static_cast<std::byte>((length & 0x7fU) | (length > 0x7fU ? 0x80U : 0U));
    if (length <= 0x7fU) {
      break;
    }
  }
  const std::array<Bytes, 2> pieces = {Bytes(head).first(head_size), data};
  co_return co_await call.write(pieces);
}

std::unexpected<Error> absent(const cache::BlobRef& blob) {
  return fail(Errc::not_found, "blob " + blob.digest.hex() + "/" + std::to_string(blob.size) +
                                   " is not in the cache");
}

// What a Read asks for, checked.
struct ReadRange {
  ResourceName resource;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool beyond = false;  // OUT_OF_RANGE
};

Result<ReadRange> check_read(const Context& context,
                             const google::bytestream::ReadRequest& request) {
  ReadRange range;
  FABRIK_TRY(range.resource, parse_read_name(request.resource_name()));
  FABRIK_CHECK(context.instances.check(range.resource.instance));
  if (range.resource.zstd && !context.zstd) {
    return fail(Errc::invalid_argument, "zstd is not offered here (see GetCapabilities)");
  }
  if (request.read_limit() < 0) {
    return fail(Errc::invalid_argument, "read_limit is negative");
  }
  if (request.read_limit() != 0 && range.resource.zstd) {
    return fail(Errc::invalid_argument, "read_limit has no meaning for compressed reads");
  }
  const std::uint64_t size = range.resource.blob.size;
  const std::int64_t offset = request.read_offset();
  if (offset < 0 || static_cast<std::uint64_t>(offset) > size) {
    range.beyond = true;
    return range;
  }
  range.offset = static_cast<std::uint64_t>(offset);
  range.length = size - range.offset;
  if (request.read_limit() != 0) {
    range.length = std::min(range.length, static_cast<std::uint64_t>(request.read_limit()));
  }
  return range;
}

// Sends what a blob's reader gives, as it is or as one frame of zstd.
class Sender {
 public:
  Sender(net::RpcCall& call, bool zstd) : call_(call) {
    if (zstd) {
      encoder_.emplace();
    }
  }
  net::Task<Result<void>> data(Bytes bytes) { co_return co_await put(bytes, false); }
  net::Task<Result<void>> end() {
    if (!encoder_) {
      co_return Result<void>{};
    }
    co_return co_await put({}, true);
  }

 private:
  net::Task<Result<void>> put(Bytes bytes, bool last) {
    if (encoder_) {
      FABRIK_CO_TRY(bytes, encoder_->encode(bytes, last));
    }
    if (bytes.empty()) {
      co_return Result<void>{};
    }
    co_return co_await send(call_, bytes);
  }

  net::RpcCall& call_;
  std::optional<ZstdEncoder> encoder_;
};

}  // namespace

net::Task<net::RpcStatus> ByteStream::handle(std::string_view method, net::RpcCall& call) {
  if (method == "Read") {
    const Result<net::RpcStatus> done = co_await read(call);
    co_return done ? *done : to_status(done.error());
  }
  if (method == "Write") {
    co_return co_await write(call);
  }
  if (method == "QueryWriteStatus") {
    co_return co_await query(call);
  }
  co_return net::unimplemented(method);
}

net::Task<Result<net::RpcStatus>> ByteStream::read(net::RpcCall& call) {
  google::bytestream::ReadRequest request;
  FABRIK_CO_CHECK(co_await read_request(call, request));
  FABRIK_CO_TRY(ReadRange range, check_read(context_, request));
  const cache::BlobRef blob = range.resource.blob;
  Sender sender(call, range.resource.zstd);
  if (is_empty_blob(blob) && !range.beyond) {
    FABRIK_CO_CHECK(co_await sender.end());
    co_return net::RpcStatus{};
  }
  const auto content = context_.content.within(range.resource.instance);
  FABRIK_CO_TRY(const auto source, co_await content->open(cache::Space::cas, blob.digest,
                                                          cache::Verify::while_reading));
  if (!source || source->size() != blob.size) {
    co_return absent(blob);
  }
  if (range.beyond) {
    co_return net::RpcStatus{net::RpcCode::out_of_range, "read_offset is outside of the blob"};
  }
  FABRIK_CO_CHECK(source->seek(range.offset));
  bool sent = false;
  while (range.length > 0) {
    const Result<Bytes> piece = co_await source->next();
    if (!piece || piece->empty()) {
      // The blob is damaged and has been dropped: the next read is a miss.
      context_.mismatches.count("ByteStream.Read", range.resource.instance);
      co_return sent ? fail(Errc::corrupt, "the cached blob is damaged; it has been dropped")
                     : absent(blob);
    }
    const Bytes wanted = piece->first(std::min<std::uint64_t>(piece->size(), range.length));
    range.length -= wanted.size();
    FABRIK_CO_CHECK(co_await sender.data(wanted));
    sent = true;
  }
  FABRIK_CO_CHECK(co_await sender.end());
  co_return net::RpcStatus{};
}

net::Task<net::RpcStatus> ByteStream::write(net::RpcCall& call) {
  WriteStream stream(context_, uploads_, call);
  co_return co_await stream.run();
}

net::Task<net::RpcStatus> ByteStream::query(net::RpcCall& call) {
  using google::bytestream::QueryWriteStatusRequest;
  using google::bytestream::QueryWriteStatusResponse;
  co_return co_await unary<QueryWriteStatusRequest, QueryWriteStatusResponse>(
      call, [this](const auto& request, auto& response) {
        return query_write_status(context_, uploads_, request.resource_name(), response);
      });
}

}  // namespace fabrik::adapters::reapi
