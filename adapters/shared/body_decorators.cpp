#include "adapters/shared/body_decorators.hpp"

#include <zstd.h>

#include <vector>

namespace fabrik::adapters {
namespace {

constexpr int kLargestWindow = 23;  // as a power of two: 8 MiB
constexpr int kLevel = 1;           // loopback and LANs are faster than the next level

}  // namespace

net::Task<Result<Bytes>> ReplayedBody::read_body() {
  if (!replayed_) {
    replayed_ = true;
    if (!beginning_.empty()) {
      co_return as_bytes(beginning_);
    }
  }
  co_return co_await inner_.read_body();
}

struct ZstdBody::State {
  std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context{ZSTD_createDCtx(), ZSTD_freeDCtx};
  std::vector<std::byte> out = std::vector<std::byte>(ZSTD_DStreamOutSize());
  Bytes in;              // valid until the next read of the body
  std::uint64_t left;    // bytes that may still come out
  std::size_t open = 0;  // not 0: inside a frame
};

ZstdBody::ZstdBody(net::HttpExchange& inner, std::uint64_t size)
    : ForwardingExchange(inner), state_(std::make_unique<State>()) {
  state_->left = size;
  ZSTD_DCtx_setParameter(state_->context.get(), ZSTD_d_windowLogMax, kLargestWindow);
}

ZstdBody::~ZstdBody() = default;

net::Task<Result<Bytes>> ZstdBody::read_body() {
  State& state = *state_;
  for (bool may_hold_more = state.open != 0;;) {
    if (state.in.empty()) {
      FABRIK_CO_TRY(state.in, co_await inner_.read_body());
    }
    if (state.in.empty() && !may_hold_more) {
      if (state.open != 0 || state.left != 0) {
        co_return fail(Errc::invalid_argument, "the Zstandard body ends too early");
      }
      co_return Bytes{};
    }
    ZSTD_inBuffer in{state.in.data(), state.in.size(), 0};
    ZSTD_outBuffer out{state.out.data(), state.out.size(), 0};
    state.open = ZSTD_decompressStream(state.context.get(), &out, &in);
    if (ZSTD_isError(state.open) != 0) {
      co_return fail(Errc::invalid_argument, std::string("the body is no Zstandard stream: ") +
                                                 ZSTD_getErrorName(state.open));
    }
    state.in = state.in.subspan(in.pos);
    if (out.pos > state.left) {
      co_return fail(Errc::invalid_argument, "the Zstandard body holds more than announced");
    }
    state.left -= out.pos;
    if (out.pos != 0) {
      co_return Bytes(state.out).first(out.pos);
    }
    may_hold_more = false;
  }
}

std::string zstd_frame(Bytes data) {
  std::string frame(ZSTD_compressBound(data.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), data.data(), data.size(), kLevel));
  return frame;
}

}  // namespace fabrik::adapters
