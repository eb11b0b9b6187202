#include "adapters/shared/body_decorators.hpp"

#include <algorithm>

namespace fabrik::adapters {

net::Task<Result<Bytes>> ReplayedBody::read_body() {
  if (!replayed_) {
    replayed_ = true;
    if (!beginning_.empty()) {
      co_return as_bytes(beginning_);
    }
  }
  co_return co_await inner_.read_body();
}

net::Task<Result<Bytes>> ZstdBody::read_body() {
  for (;;) {
    const Result<Bytes> piece = decoder_.next();
    if (!piece) {
      co_return fail(Errc::invalid_argument, "the Zstandard body: " + piece.error().message);
    }
    if (!piece->empty()) {
      left_ -= piece->size();
      co_return *piece;
    }
    FABRIK_CO_TRY(const Bytes encoded, co_await inner_.read_body());
    if (encoded.empty()) {
      break;
    }
    decoder_.feed(encoded);
  }
  if (left_ != 0 || !decoder_.at_frame_end()) {
    co_return fail(Errc::invalid_argument, "the Zstandard body ends too early");
  }
  co_return Bytes{};
}

net::Task<Result<Bytes>> ZstdSource::next() {
  while (ready_.empty() && !ended_) {
    FABRIK_CO_TRY(const Bytes piece, co_await inner_->next());
    ended_ = piece.empty();
    FABRIK_CO_TRY(ready_, encoder_.encode(piece, ended_));
  }
  const Bytes piece = ready_.first(std::min(ready_.size(), kChunkSize));
  ready_ = ready_.subspan(piece.size());
  co_return piece;
}

}  // namespace fabrik::adapters
