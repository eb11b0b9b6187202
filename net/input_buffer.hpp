// Bytes received and not yet used. Grows while a head needs it, and goes back to
// a few KiB so that idle connections stay cheap.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace fabrik::net {

class InputBuffer {
 public:
  std::string_view unread() const { return {data_.get() + begin_, end_ - begin_}; }
  // The bytes stay readable (a view of them valid) until the next call of space().
  void consume(std::size_t count) { begin_ += count; }

  // Room for at least one more byte, growing up to `limit`; empty when `limit`
  // bytes are unread already.
  std::span<char> space(std::size_t limit) {
    compact();
    if (end_ == capacity_) {
      grow(limit);
    }
    return {data_.get() + end_, std::min(capacity_, std::max(limit, end_)) - end_};
  }
  void filled(std::size_t count) { end_ += count; }

  // Gives memory back when nothing is unread.
  void shrink() {
    if (begin_ == end_ && capacity_ > kInitial) {
      data_.reset();
      begin_ = end_ = capacity_ = 0;
    }
  }

 private:
  static constexpr std::size_t kInitial = 4096;

  void compact() {
    if (begin_ == 0) {
      return;
    }
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  void grow(std::size_t limit) {
    const std::size_t wanted = std::max(end_, std::min(limit, std::max(kInitial, capacity_ * 2)));
    auto larger = std::make_unique_for_overwrite<char[]>(wanted);
    if (end_ != 0) {
      std::memcpy(larger.get(), data_.get(), end_);
    }
    data_ = std::move(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace fabrik::net
