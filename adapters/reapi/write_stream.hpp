// One ByteStream.Write, from its first message to the answer.
#pragma once

#include "adapters/reapi/byte_stream.hpp"
#include "google/bytestream/bytestream.pb.h"

namespace fabrik::adapters::reapi {

class WriteStream {
 public:
  WriteStream(Context& context, Uploads& uploads, net::RpcCall& call)
      : context_(context), uploads_(uploads), call_(call) {}
  ~WriteStream();
  WriteStream(const WriteStream&) = delete;
  WriteStream& operator=(const WriteStream&) = delete;

  // Await once.
  net::Task<net::RpcStatus> run();

 private:
  // How the stream ends when nothing is wrong: with a committed_size, or not at all
  // (the client broke off; what came is kept).
  using Outcome = Result<std::optional<std::int64_t>>;

  net::Task<Outcome> receive();
  net::Task<Outcome> receive_messages(WriteMessage message);
  net::Task<Result<void>> begin(const WriteMessage& first);
  net::Task<Result<bool>> is_present();
  net::Task<Result<void>> add(Bytes data);
  net::Task<Result<void>> add_decoded(Bytes data);
  net::Task<Outcome> commit();
  std::int64_t early_answer() const;

  Context& context_;
  std::unique_ptr<cache::ContentApi> content_;  // as the blob's namespace sees it
  Uploads& uploads_;
  net::RpcCall& call_;
  std::string name_;
  ResourceName resource_;
  bool claimed_ = false;
  bool keep_ = false;  // what came so far is good: the client may go on with it
  std::unique_ptr<Upload> upload_;
  std::uint64_t checked_at_ = 0;  // received when we looked for another writer's blob
};

// QueryWriteStatus.
net::Task<Result<void>> query_write_status(Context& context, Uploads& uploads,
                                           const std::string& name,
                                           google::bytestream::QueryWriteStatusResponse& response);

}  // namespace fabrik::adapters::reapi
