#include "cache/packing.hpp"

#include <zstd.h>

namespace fabrik::cache {
namespace {

// Higher levels save some percent more and take twice the time; every upload waits.
constexpr int kLevel = 1;
// Less gains nothing: a file takes whole blocks of the disk.
constexpr std::size_t kWorthTrying = 512;

}  // namespace

struct Packer::State {
  State() : context(ZSTD_createCCtx()) {}
  ~State() { ZSTD_freeCCtx(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ZSTD_CCtx* const context;
  std::string buffer;
};

Packer::Packer() : state_(std::make_unique<State>()) {}
Packer::~Packer() = default;

std::optional<Bytes> Packer::pack(Bytes piece) {
  if (piece.size() < kWorthTrying || state_->context == nullptr) {
    return std::nullopt;
  }
  // No larger than what is worth it: zstd stops when that is full.
  state_->buffer.resize(piece.size() - piece.size() / 8);
  const std::size_t size =
      ZSTD_compressCCtx(state_->context, state_->buffer.data(), state_->buffer.size(), piece.data(),
                        piece.size(), kLevel);
  if (ZSTD_isError(size) != 0) {
    return std::nullopt;
  }
  return as_bytes(state_->buffer).first(size);
}

bool unpack(Bytes packed, std::span<std::byte> into) {
  const std::size_t size = ZSTD_decompress(into.data(), into.size(), packed.data(), packed.size());
  return ZSTD_isError(size) == 0 && size == into.size();
}

}  // namespace fabrik::cache
