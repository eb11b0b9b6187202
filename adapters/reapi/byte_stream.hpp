// google.bytestream.ByteStream: blobs of any size (docs/reapi.md has the rules row
// by row). Messages with data are taken apart and put together by hand: a copy less
// of everything.
#pragma once

#include "adapters/reapi/names.hpp"
#include "adapters/reapi/unary.hpp"
#include "adapters/reapi/uploads.hpp"

namespace fabrik::adapters::reapi {

class ByteStream final : public net::RpcService {
 public:
  explicit ByteStream(Context& context) : context_(context) {}

  std::string_view name() const override { return "google.bytestream.ByteStream"; }
  std::optional<net::Scope> needs(std::string_view method) const override {
    return method == "Read" ? net::Scope::read : net::Scope::write;
  }
  net::Task<net::RpcStatus> handle(std::string_view method, net::RpcCall& call) override;

 private:
  net::Task<Result<net::RpcStatus>> read(net::RpcCall& call);
  net::Task<net::RpcStatus> write(net::RpcCall& call);
  net::Task<net::RpcStatus> query(net::RpcCall& call);

  Context& context_;
  Uploads uploads_;
};

// A WriteRequest without its generated class: `data` refers to the message.
struct WriteMessage {
  std::string_view resource_name;
  std::int64_t write_offset = 0;
  bool finish_write = false;
  Bytes data;
};
// nullopt: not a WriteRequest. Unknown fields are skipped. Pure.
std::optional<WriteMessage> parse_write_message(Bytes message);

}  // namespace fabrik::adapters::reapi
