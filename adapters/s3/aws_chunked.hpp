// The body encoding `aws-chunked`: chunks with an optional signature each, and
// trailers after the last one. Pure.
// Source: Amazon S3 API Reference, "Transferring Payload in Multiple Chunks", and
// what boto3 and other clients were seen to send: `<hex size>[;chunk-signature=<64
// hex>]\r\n<bytes>\r\n`, a chunk of size 0, `name:value\r\n` lines, an empty line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace fabrik::adapters {

// Fed with pieces of any size; holds one line at most. Not thread-safe.
class AwsChunkedDecoder {
 public:
  enum class Event {
    need_more,  // the input is used up
    data,       // bytes of a chunk are in data()
    chunk_end,  // a chunk is complete, the last one (size 0) too: see signature()
    end,        // everything was there; what follows in the input is refused
  };
  using Trailers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

  // Takes what it uses off the front of `input`. invalid_argument when malformed.
  Result<Event> next(Bytes& input);

  Bytes data() const { return data_; }  // a part of the input given to next()
  const std::string& signature() const { return signature_; }  // of the chunk that ended; or empty
  const Trailers& trailers() const { return trailers_; }
  bool ended() const { return state_ == State::ended; }

 private:
  enum class State { size_line, data, data_end, trailers, ended };

  // Whether a whole line is in line_ now, without its end.
  Result<bool> read_line(Bytes& input);
  Result<void> begin_chunk();
  Result<void> take_trailer();

  State state_ = State::size_line;
  std::string line_;
  std::uint64_t left_ = 0;  // bytes of this chunk still to come
  bool last_ = false;       // this chunk is the one of size 0
  std::size_t trailer_bytes_ = 0;
  Bytes data_;
  std::string signature_;
  Trailers trailers_;
};

}  // namespace fabrik::adapters
