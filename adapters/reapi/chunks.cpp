#include "adapters/reapi/chunks.hpp"

#include "adapters/reapi/fast_cdc.hpp"

namespace fabrik::adapters::reapi {
namespace {

std::unexpected<Error> absent(std::string_view what, const cache::BlobRef& blob) {
  return fail(Errc::not_found, std::string(what) + " " + blob.digest.hex() + "/" +
                                   std::to_string(blob.size) + " is not in the cache");
}

// Only what we do, or what leaves the choice to us.
Result<void> check_chunking(int function) {
  if (function == rex::ChunkingFunction::UNKNOWN ||
      function == rex::ChunkingFunction::FAST_CDC_2020) {
    return {};
  }
  return fail(Errc::invalid_argument, "of chunking functions only FAST_CDC_2020 is known here");
}

// Cuts a stream of bytes; holds a few chunks at a time.
class Chunker {
 public:
  // `origin`: who asked for the chunks that are stored.
  Chunker(cache::ContentApi& content, std::unique_ptr<cache::BlobSource> source,
          cache::WriteOrigin origin)
      : content_(content), source_(std::move(source)), origin_(std::move(origin)) {}

  // Stores the next chunk. nullopt: the end.
  net::Task<Result<std::optional<cache::BlobRef>>> next() {
    while (!ended_ && buffer_.size() < kLargestChunk) {
      FABRIK_CO_TRY(const Bytes piece, co_await source_->next());
      ended_ = piece.empty();
      buffer_ += as_text(piece);
    }
    if (buffer_.empty()) {
      co_return std::nullopt;
    }
    const std::size_t length = first_chunk(as_bytes(buffer_));
    const std::string_view chunk = std::string_view(buffer_).substr(0, length);
    const cache::BlobRef blob{.digest = sha256(as_bytes(chunk)), .size = length};
    FABRIK_CO_TRY(const auto missing, co_await content_.missing({&blob, 1}));
    if (!missing.empty()) {
      FABRIK_CO_CHECK(co_await store_blob(content_, blob, chunk, origin_));
    }
    buffer_.erase(0, length);
    co_return blob;
  }

 private:
  cache::ContentApi& content_;
  std::unique_ptr<cache::BlobSource> source_;
  cache::WriteOrigin origin_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace

net::Task<Result<void>> split_blob(Context& context, cache::WriteOrigin origin,
                                   const rex::SplitBlobRequest& request,
                                   rex::SplitBlobResponse& response) {
  FABRIK_CO_CHECK(context.instances.check(request.instance_name()));
  FABRIK_CO_CHECK(check_function(request.digest_function()));
  FABRIK_CO_CHECK(check_chunking(request.chunking_function()));
  FABRIK_CO_TRY(const cache::BlobRef blob, blob_ref(request.blob_digest()));
  const auto content = context.content.within(request.instance_name());
  response.set_chunking_function(rex::ChunkingFunction::FAST_CDC_2020);
  if (is_empty_blob(blob)) {
    co_return Result<void>{};
  }
  FABRIK_CO_TRY(const auto missing, co_await content->missing({&blob, 1}));
  if (!missing.empty()) {
    co_return absent("blob", blob);
  }
  if (blob.size <= kLargestChunk) {
    put_digest(blob, *response.add_chunk_digests());
    co_return Result<void>{};
  }
  FABRIK_CO_TRY(auto source, co_await content->open(cache::Space::cas, blob.digest,
                                                    cache::Verify::while_reading));
  if (!source) {
    co_return absent("blob", blob);
  }
  Chunker chunker(*content, std::move(source), std::move(origin));
  for (;;) {
    auto chunk = co_await chunker.next();
    if (!chunk && chunk.error().code == Errc::corrupt) {
      co_return absent("blob", blob);
    }
    if (!chunk) {
      co_return fail(std::move(chunk).error());
    }
    if (!*chunk) {
      co_return Result<void>{};
    }
    put_digest(**chunk, *response.add_chunk_digests());
  }
}

net::Task<Result<void>> splice_blob(Context& context, cache::WriteOrigin origin,
                                    const rex::SpliceBlobRequest& request,
                                    rex::SpliceBlobResponse& response) {
  FABRIK_CO_CHECK(context.instances.check(request.instance_name()));
  FABRIK_CO_CHECK(check_function(request.digest_function()));
  FABRIK_CO_CHECK(check_chunking(request.chunking_function()));
  FABRIK_CO_TRY(const cache::BlobRef blob, blob_ref(request.blob_digest()));
  const auto content = context.content.within(request.instance_name());
  FABRIK_CO_TRY(const auto chunks, blob_refs(request.chunk_digests()));
  put_digest(blob, *response.mutable_blob_digest());
  FABRIK_CO_TRY(const auto lacking, co_await content->missing({&blob, 1}));
  if (lacking.empty() || is_empty_blob(blob)) {
    co_return Result<void>{};
  }
  FABRIK_CO_TRY(const auto missing, co_await content->missing(chunks));
  for (const cache::BlobRef& chunk : missing) {
    if (!is_empty_blob(chunk)) {
      co_return absent("chunk", chunk);
    }
  }
  FABRIK_CO_TRY(const auto upload, co_await content->create(cache::Space::cas, blob.size));
  upload->written_by(std::move(origin));
  for (const cache::BlobRef& chunk : chunks) {
    if (upload->size() + chunk.size > blob.size) {
      break;  // commit() says so
    }
    FABRIK_CO_TRY(const auto source, co_await content->open(cache::Space::cas, chunk.digest,
                                                            cache::Verify::while_reading));
    if (!source && !is_empty_blob(chunk)) {
      co_return absent("chunk", chunk);
    }
    while (source) {
      const Result<Bytes> piece = co_await source->next();
      if (!piece && piece.error().code == Errc::corrupt) {
        co_return absent("chunk", chunk);
      }
      if (!piece) {
        co_return fail(piece.error());
      }
      if (piece->empty()) {
        break;
      }
      FABRIK_CO_CHECK(co_await upload->append(*piece));
    }
  }
  const auto stored = co_await upload->commit(&blob);
  if (!stored && stored.error().code == Errc::digest_mismatch) {
    context.mismatches.count("SpliceBlob", request.instance_name());
    co_return fail(Errc::invalid_argument, "the chunks are not that blob");
  }
  if (!stored) {
    co_return fail(stored.error());
  }
  co_return Result<void>{};
}

}  // namespace fabrik::adapters::reapi
