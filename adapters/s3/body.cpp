#include "adapters/s3/body.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/s3/base64.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kStreaming = "STREAMING-";
constexpr std::string_view kSigned = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr std::string_view kSignedTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
constexpr std::string_view kUnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  return whole ? std::optional(value) : std::nullopt;
}

// Which checksum a header or trailer of this name carries.
std::optional<Checksum> checksum_in(std::string_view name) {
  if (name.size() <= kChecksumPrefix.size() ||
      !net::equal_ignoring_case(name.substr(0, kChecksumPrefix.size()), kChecksumPrefix)) {
    return std::nullopt;
  }
  return checksum_called(name.substr(kChecksumPrefix.size()));
}

std::string header_name(Checksum kind) {
  return std::string(kChecksumPrefix) + std::string(name(kind));
}

}  // namespace

S3Result<std::unique_ptr<S3Body>> S3Body::open(net::HttpExchange& exchange,
                                               const std::optional<auth::SigV4Proof>& proof) {
  std::unique_ptr<S3Body> body(new S3Body(exchange));
  body->announced_ = exchange.request().content_length;
  if (const S3Result<void> understood = body->expect_all(proof); !understood) {
    return std::unexpected(understood.error());
  }
  return body;
}

S3Result<void> S3Body::expect_all(const std::optional<auth::SigV4Proof>& proof) {
  const std::string sha256(
      exchange_.request().headers.get("x-amz-content-sha256").value_or(auth::kUnsignedPayload));
  if (const auto encoded = expect_encoding(sha256); !encoded) {
    return encoded;
  }
  if (proof && sha256.starts_with(kSigned)) {
    chain_.emplace(*proof);
    chunk_hash_.emplace();
  }
  if (!sha256.starts_with(kStreaming) && sha256 != auth::kUnsignedPayload) {
    const Result<Digest> digest = Digest::from_hex(sha256);
    if (!digest) {
      return s3_fail(S3Code::invalid_argument,
                     "x-amz-content-sha256 must be a SHA-256 in hex, UNSIGNED-PAYLOAD or one of "
                     "the STREAMING- values");
    }
    checks_.push_back({.kind = Checksum::sha256,
                       .expected = std::string(as_text(std::as_bytes(std::span(digest->bytes)))),
                       .failure = S3Code::content_sha256_mismatch,
                       .stream = make_checksum(Checksum::sha256)});
  }
  if (const auto md5 = expect_md5(); !md5) {
    return md5;
  }
  return expect_checksums();
}

S3Result<void> S3Body::expect_encoding(std::string_view sha256) {
  if (!sha256.starts_with(kStreaming)) {
    return {};
  }
  if (sha256 != kSigned && sha256 != kSignedTrailer && sha256 != kUnsignedTrailer) {
    return s3_fail(S3Code::not_implemented, "this streaming signature is not understood");
  }
  decoder_.emplace();
  announced_.reset();
  if (const auto length = exchange_.request().headers.get("x-amz-decoded-content-length")) {
    announced_ = number(*length);
    if (!announced_) {
      return s3_fail(S3Code::invalid_argument, "x-amz-decoded-content-length must be a number");
    }
  }
  return {};
}

S3Result<void> S3Body::expect_md5() {
  const auto header = exchange_.request().headers.get("content-md5");
  if (!header) {
    return {};
  }
  std::optional<std::string> digest = parse_base64(*header);
  if (!digest || digest->size() != width(Checksum::md5)) {
    return s3_fail(S3Code::invalid_digest, "Content-MD5 must be an MD5 in base64");
  }
  checks_.push_back({.kind = Checksum::md5,
                     .expected = std::move(digest),
                     .failure = S3Code::bad_digest,
                     .stream = make_checksum(Checksum::md5)});
  return {};
}

S3Result<void> S3Body::expect_checksums() {
  for (const auto& [field, value] : exchange_.request().headers.all()) {
    if (const auto kind = checksum_in(field)) {
      std::optional<std::string> digest = parse_base64(value);
      if (!digest || digest->size() != width(*kind)) {
        return s3_fail(S3Code::invalid_request, field + " must be such a checksum in base64");
      }
      checks_.push_back({.kind = *kind,
                         .expected = std::move(digest),
                         .failure = S3Code::bad_digest,
                         .stream = make_checksum(*kind)});
    } else if (decoder_ && net::equal_ignoring_case(field, "x-amz-trailer")) {
      if (const auto trailer = checksum_in(value)) {
        checks_.push_back({.kind = *trailer,
                           .expected = std::nullopt,
                           .failure = S3Code::bad_digest,
                           .stream = make_checksum(*trailer)});
      }
    }
  }
  return {};
}

std::unexpected<Error> S3Body::refuse(S3Code code, std::string message) {
  error_ = {code, message};
  return fail(Errc::digest_mismatch, std::move(message));
}

net::Task<Result<Bytes>> S3Body::next() {
  if (finished_) {
    co_return Bytes{};
  }
  co_return decoder_ ? co_await next_chunked() : co_await next_plain();
}

net::Task<Result<Bytes>> S3Body::next_plain() {
  const Result<Bytes> piece = co_await exchange_.read_body();
  if (!piece) {
    co_return refuse(S3Code::incomplete_body, "the body is shorter than announced");
  }
  if (piece->empty()) {
    FABRIK_CO_CHECK(finish());
    co_return Bytes{};
  }
  co_return take(*piece);
}

net::Task<Result<Bytes>> S3Body::next_chunked() {
  for (;;) {
    const Result<AwsChunkedDecoder::Event> event = decoder_->next(input_);
    if (!event) {
      co_return refuse(S3Code::invalid_request, event.error().message);
    }
    switch (*event) {
      case AwsChunkedDecoder::Event::data:
        co_return take(decoder_->data());
      case AwsChunkedDecoder::Event::chunk_end:
        FABRIK_CO_CHECK(end_of_chunk());
        continue;
      case AwsChunkedDecoder::Event::need_more:
      case AwsChunkedDecoder::Event::end:
        break;
    }
    const Result<Bytes> piece = co_await exchange_.read_body();
    if (!piece || (piece->empty() && !decoder_->ended())) {
      co_return refuse(S3Code::incomplete_body, "the body ends before its last chunk");
    }
    if (piece->empty()) {
      FABRIK_CO_CHECK(take_trailers());
      FABRIK_CO_CHECK(finish());
      co_return Bytes{};
    }
    input_ = *piece;
  }
}

Result<Bytes> S3Body::take(Bytes data) {
  taken_ += data.size();
  if (announced_ && taken_ > *announced_) {
    return refuse(S3Code::incomplete_body, "the body is longer than announced");
  }
  for (const Check& check : checks_) {
    check.stream->update(data);
  }
  if (chunk_hash_) {
    chunk_hash_->update(data);
  }
  return data;
}

Result<void> S3Body::end_of_chunk() {
  if (chain_) {
    const Digest digest = chunk_hash_->finish();
    chunk_hash_.emplace();
    if (!chain_->accepts_chunk(digest, decoder_->signature())) {
      return refuse(S3Code::signature_does_not_match, "the signature of a chunk is wrong");
    }
  }
  return {};
}

Result<void> S3Body::take_trailers() {
  std::string signed_text;
  std::string_view signature;
  for (const auto& [field, value] : decoder_->trailers()) {
    if (field == kTrailerSignature) {
      signature = value;
      continue;
    }
    signed_text += field + ":" + value + "\n";
    const std::optional<Checksum> kind = checksum_in(field);
    const auto check = std::ranges::find_if(
        checks_, [&](const Check& c) { return !c.expected && kind == c.kind; });
    if (check != checks_.end()) {
      check->expected = parse_base64(value).value_or("");
    }
  }
  const auto sha256 = exchange_.request().headers.get("x-amz-content-sha256");
  if (chain_ && sha256 == kSignedTrailer && !chain_->accepts_trailers(signed_text, signature)) {
    return refuse(S3Code::signature_does_not_match, "the signature of the trailers is wrong");
  }
  return {};
}

Result<void> S3Body::finish() {
  if (announced_ && taken_ != *announced_) {
    return refuse(S3Code::incomplete_body, "the body is shorter than announced");
  }
  for (Check& check : checks_) {
    if (!check.expected) {
      return refuse(S3Code::invalid_request,
                    "the announced trailer " + header_name(check.kind) + " is missing");
    }
    if (check.stream->finish() != *check.expected) {
      return refuse(check.failure, "the body does not have the " + std::string(name(check.kind)) +
                                       " that was announced");
    }
  }
  finished_ = true;
  return {};
}

}  // namespace fabrik::adapters
