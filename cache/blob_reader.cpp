#include "cache/blob_reader.hpp"

#include "cache/blob_check.hpp"

namespace fabrik::cache {
namespace {

class MemoryReader final : public BlobReader {
 public:
  MemoryReader(const BlobRef& ref, std::string content)
      : ref_(ref), content_(std::move(content)), rest_(as_bytes(content_)) {}

  const BlobRef& ref() const override { return ref_; }
  Result<Bytes> next() override {
    const Bytes piece = rest_.first(std::min(rest_.size(), kChunkSize));
    rest_ = rest_.subspan(piece.size());
    return piece;
  }
  Result<void> seek(std::uint64_t offset) override {
    FABRIK_CHECK(check_offset(ref_, offset));
    rest_ = as_bytes(content_).subspan(offset);
    return {};
  }

 private:
  BlobRef ref_;
  std::string content_;
  Bytes rest_;
};

class FileReader final : public BlobReader {
 public:
  FileReader(const BlobRef& ref, UniqueFd file, Pieces pieces,
             std::function<void(const Error&)> on_corrupt)
      : ref_(ref),
        file_(std::move(file)),
        pieces_(file_.get(), ref, std::move(pieces)),
        on_corrupt_(std::move(on_corrupt)) {}

  const BlobRef& ref() const override { return ref_; }
  Result<Bytes> next() override {
    if (index_ == pieces_.count()) {
      return Bytes{};
    }
    auto piece = pieces_.read(index_);
    if (!piece && on_corrupt_) {
      std::exchange(on_corrupt_, nullptr)(piece.error());
    } else if (piece) {
      ++index_;
      *piece = piece->subspan(std::exchange(skip_, 0));
    }
    return piece;
  }
  Result<void> seek(std::uint64_t offset) override {
    FABRIK_CHECK(check_offset(ref_, offset));
    index_ = offset == ref_.size ? pieces_.count() : offset / kChunkSize;
    skip_ = offset % kChunkSize;
    return {};
  }

 private:
  BlobRef ref_;
  UniqueFd file_;
  PieceReader pieces_;
  std::function<void(const Error&)> on_corrupt_;
  std::size_t index_ = 0;
  std::size_t skip_ = 0;  // of the next piece, which is checked as a whole
};

}  // namespace

Result<void> check_offset(const BlobRef& ref, std::uint64_t offset) {
  if (offset > ref.size) {
    return fail(Errc::invalid_argument, "offset " + std::to_string(offset) +
                                            " is beyond the end of a blob of " +
                                            std::to_string(ref.size) + " bytes");
  }
  return {};
}

std::unique_ptr<BlobReader> read_from_memory(const BlobRef& ref, std::string content) {
  return std::make_unique<MemoryReader>(ref, std::move(content));
}

std::unique_ptr<BlobReader> read_from_file(const BlobRef& ref, UniqueFd file, Pieces pieces,
                                           std::function<void(const Error&)> on_corrupt) {
  return std::make_unique<FileReader>(ref, std::move(file), std::move(pieces),
                                      std::move(on_corrupt));
}

}  // namespace fabrik::cache
