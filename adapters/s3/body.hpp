// The payload of an S3 request: decoded, and checked against all that the client
// announced about it. Holds no more than one piece.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/s3/aws_chunked.hpp"
#include "adapters/s3/checksum.hpp"
#include "adapters/s3/error.hpp"
#include "auth/sigv4_stream.hpp"
#include "base/digest.hpp"
#include "net/http_exchange.hpp"

namespace fabrik::adapters {

// Its end (an empty piece) is reached only when everything was right: Content-MD5,
// x-amz-content-sha256 when it is a hash, x-amz-checksum-* as header or trailer,
// x-amz-decoded-content-length, and with a proof the signature of each chunk. Who
// has not seen the end must not store anything. Lives as long as its request.
class S3Body final : public net::BodySource {
 public:
  // `proof`: of a request whose signature was verified; else signatures of chunks
  // are not looked at. invalid_digest, invalid_argument: announcements that cannot
  // be read.
  static S3Result<std::unique_ptr<S3Body>> open(net::HttpExchange& exchange,
                                                const std::optional<auth::SigV4Proof>& proof);

  // As announced; 0: unknown.
  std::uint64_t size() const override { return announced_.value_or(0); }
  net::Task<Result<Bytes>> next() override;

  // After next() has failed: what to tell the client.
  const S3Error& error() const { return error_; }

 private:
  struct Check {
    Checksum kind;
    std::optional<std::string> expected;  // raw bytes; nullopt: comes as a trailer
    S3Code failure;
    std::unique_ptr<ChecksumStream> stream;
  };

  explicit S3Body(net::HttpExchange& exchange) : exchange_(exchange) {}

  S3Result<void> expect_all(const std::optional<auth::SigV4Proof>& proof);
  S3Result<void> expect_encoding(std::string_view sha256);
  S3Result<void> expect_md5();
  S3Result<void> expect_checksums();
  net::Task<Result<Bytes>> next_plain();
  net::Task<Result<Bytes>> next_chunked();
  Result<Bytes> take(Bytes data);
  Result<void> end_of_chunk();
  Result<void> take_trailers();
  Result<void> finish();
  std::unexpected<Error> refuse(S3Code code, std::string message);

  net::HttpExchange& exchange_;
  std::optional<AwsChunkedDecoder> decoder_;
  std::optional<auth::SigV4Chain> chain_;
  std::optional<Hasher> chunk_hash_;
  std::vector<Check> checks_;
  std::optional<std::uint64_t> announced_;
  std::uint64_t taken_ = 0;
  Bytes input_;  // of the exchange, not decoded yet
  bool finished_ = false;
  S3Error error_;
};

}  // namespace fabrik::adapters
