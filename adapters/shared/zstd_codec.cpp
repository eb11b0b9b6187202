#include "adapters/shared/zstd_codec.hpp"

#include <zstd.h>

#include <algorithm>

namespace fabrik::adapters {
namespace {

// For loopback and fast networks: several times the speed of the default level.
constexpr int kLevel = 1;
constexpr int kLargestWindowLog = 23;

std::unexpected<Error> failed(std::string_view what, std::size_t code) {
  return fail(Errc::invalid_argument, std::string(what) + ": " + ZSTD_getErrorName(code));
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

struct ZstdEncoder::State {
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> context{ZSTD_createCCtx()};
  std::string out;
};

ZstdEncoder::ZstdEncoder() : state_(std::make_unique<State>()) {
  ZSTD_CCtx_setParameter(state_->context.get(), ZSTD_c_compressionLevel, kLevel);
}
ZstdEncoder::~ZstdEncoder() = default;
ZstdEncoder::ZstdEncoder(ZstdEncoder&&) noexcept = default;
ZstdEncoder& ZstdEncoder::operator=(ZstdEncoder&&) noexcept = default;

Result<Bytes> ZstdEncoder::encode(Bytes data, bool last) {
  State& state = *state_;
  state.out.resize(ZSTD_compressBound(data.size()) + ZSTD_CStreamOutSize());
  ZSTD_inBuffer in{data.data(), data.size(), 0};
  ZSTD_outBuffer out{state.out.data(), state.out.size(), 0};
  for (;;) {
    const std::size_t left =
        ZSTD_compressStream2(state.context.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left) != 0) {
      return failed("compress", left);
    }
    if (in.pos == in.size && (!last || left == 0)) {
      return as_bytes(std::string_view(state.out).substr(0, out.pos));
    }
    state.out.resize(state.out.size() * 2);
    out = {state.out.data(), state.out.size(), out.pos};
  }
}

struct ZstdDecoder::State {
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context{ZSTD_createDCtx()};
  ZSTD_inBuffer in{};
  std::string out;
  std::uint64_t left = 0;
  bool at_frame_end = true;
};

ZstdDecoder::ZstdDecoder(std::uint64_t limit) : state_(std::make_unique<State>()) {
  state_->left = limit;
  ZSTD_DCtx_setParameter(state_->context.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
}
ZstdDecoder::~ZstdDecoder() = default;
ZstdDecoder::ZstdDecoder(ZstdDecoder&&) noexcept = default;
ZstdDecoder& ZstdDecoder::operator=(ZstdDecoder&&) noexcept = default;

void ZstdDecoder::feed(Bytes data) {
  state_->in = {data.data(), data.size(), 0};
}

Result<Bytes> ZstdDecoder::next() {
  State& state = *state_;
  // One byte over the limit is enough to know.
  state.out.resize(std::min<std::uint64_t>(kChunkSize, state.left + 1));
  ZSTD_outBuffer out{state.out.data(), state.out.size(), 0};
  while (out.pos < out.size) {
    if (state.in.pos == state.in.size && state.at_frame_end) {
      break;  // asking zstd now would begin the next frame
    }
    const std::size_t before = out.pos;
    const std::size_t fed = state.in.pos;
    const std::size_t hint = ZSTD_decompressStream(state.context.get(), &out, &state.in);
    if (ZSTD_isError(hint) != 0) {
      return failed("decompress", hint);
    }
    state.at_frame_end = hint == 0;
    if (state.in.pos == state.in.size && out.pos < out.size) {
      break;
    }
    if (out.pos == before && state.in.pos == fed) {
      break;
    }
  }
  if (out.pos > state.left) {
    return fail(Errc::too_large, "decompress: there is more than was announced");
  }
  state.left -= out.pos;
  return as_bytes(std::string_view(state.out).substr(0, out.pos));
}

bool ZstdDecoder::at_frame_end() const {
  return state_->at_frame_end;
}

Result<std::string> zstd_decode(Bytes data, std::uint64_t limit) {
  ZstdDecoder decoder(limit);
  decoder.feed(data);
  std::string decoded;
  for (;;) {
    FABRIK_TRY(const Bytes piece, decoder.next());
    if (piece.empty()) {
      break;
    }
    decoded += as_text(piece);
  }
  if (!decoder.at_frame_end()) {
    return fail(Errc::invalid_argument, "decompress: the end is missing");
  }
  return decoded;
}

Result<std::string> zstd_encode(Bytes data) {
  ZstdEncoder encoder;
  FABRIK_TRY(const Bytes encoded, encoder.encode(data, true));
  return std::string(as_text(encoded));
}

}  // namespace fabrik::adapters
