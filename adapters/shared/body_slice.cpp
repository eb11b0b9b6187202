#include "adapters/shared/body_slice.hpp"

#include <algorithm>
#include <utility>

namespace fabrik::adapters {
namespace {

class Slice final : public net::BodySource {
 public:
  Slice(std::unique_ptr<cache::BlobSource> blob, std::uint64_t size)
      : blob_(std::move(blob)), size_(size), left_(size) {}

  std::uint64_t size() const override { return size_; }
  net::Task<Result<Bytes>> next() override {
    if (left_ == 0) {
      co_return Bytes{};
    }
    FABRIK_CO_TRY(const Bytes piece, co_await blob_->next());
    const Bytes wanted = piece.first(std::min<std::uint64_t>(piece.size(), left_));
    left_ -= wanted.size();
    co_return wanted;
  }

 private:
  std::unique_ptr<cache::BlobSource> blob_;
  std::uint64_t size_;
  std::uint64_t left_;
};

class Primed final : public net::BodySource {
 public:
  Primed(std::unique_ptr<net::BodySource> body, Bytes first)
      : body_(std::move(body)), first_(first) {}

  std::uint64_t size() const override { return body_->size(); }
  net::Task<Result<Bytes>> next() override {
    if (!first_.empty()) {
      co_return std::exchange(first_, Bytes{});
    }
    co_return co_await body_->next();
  }

 private:
  std::unique_ptr<net::BodySource> body_;
  Bytes first_;  // valid until body_->next() is called again
};

}  // namespace

Result<std::unique_ptr<net::BodySource>> slice(std::unique_ptr<cache::BlobSource> blob,
                                               const ByteRange& range) {
  FABRIK_CHECK(blob->seek(range.first));
  return std::make_unique<Slice>(std::move(blob), range.size());
}

net::Task<Result<std::unique_ptr<net::BodySource>>> primed(std::unique_ptr<net::BodySource> body) {
  if (body->size() == 0) {
    co_return body;
  }
  FABRIK_CO_TRY(const Bytes first, co_await body->next());
  co_return std::make_unique<Primed>(std::move(body), first);
}

}  // namespace fabrik::adapters
