// A body from a string; breaks where it is told to.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "net/http_exchange.hpp"

namespace fabrik::testing {

class StringSource final : public net::BodySource {
 public:
  explicit StringSource(std::string bytes, std::size_t breaks_at = std::string::npos)
      : bytes_(std::move(bytes)), breaks_at_(breaks_at) {}
  std::uint64_t size() const override { return bytes_.size(); }
  net::Task<Result<Bytes>> next() override {
    if (read_ >= breaks_at_) {
      co_return fail(Errc::io, "the source breaks here");
    }
    const std::size_t size = std::min({kChunkSize, bytes_.size() - read_, breaks_at_ - read_});
    const Bytes piece = as_bytes(bytes_).subspan(read_, size);
    read_ += size;
    co_return piece;
  }

 private:
  const std::string bytes_;
  const std::size_t breaks_at_;
  std::size_t read_ = 0;
};

}  // namespace fabrik::testing
