#include "adapters/s3/aws_chunked.hpp"

#include <algorithm>
#include <charconv>

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxTrailers = 16 * 1024;
constexpr std::uint64_t kMaxChunk = std::uint64_t{5} << 30;  // S3's largest single upload
constexpr std::string_view kSignature = ";chunk-signature=";

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::invalid_argument, "decode an aws-chunked body: " + std::string(what));
}

}  // namespace

Result<AwsChunkedDecoder::Event> AwsChunkedDecoder::next(Bytes& input) {
  for (;;) {
    if (state_ == State::ended) {
      return input.empty() ? Result<Event>(Event::end) : malformed("there is more behind its end");
    }
    if (state_ == State::data) {
      if (left_ == 0) {
        state_ = State::data_end;
        continue;
      }
      if (input.empty()) {
        return Event::need_more;
      }
      data_ = input.first(std::min<std::uint64_t>(left_, input.size()));
      input = input.subspan(data_.size());
      left_ -= data_.size();
      return Event::data;
    }
    FABRIK_TRY(const bool complete, read_line(input));
    if (!complete) {
      return Event::need_more;
    }
    switch (state_) {
      case State::size_line:
        FABRIK_CHECK(begin_chunk());
        line_.clear();
        if (last_) {
          state_ = State::trailers;
          return Event::chunk_end;
        }
        state_ = State::data;
        break;
      case State::data_end:
        if (!line_.empty()) {
          return malformed("a chunk is longer than announced");
        }
        line_.clear();
        state_ = State::size_line;
        return Event::chunk_end;
      default:
        if (line_.empty()) {
          state_ = State::ended;
          break;
        }
        FABRIK_CHECK(take_trailer());
    }
    line_.clear();
  }
}

Result<bool> AwsChunkedDecoder::read_line(Bytes& input) {
  const std::string_view text = as_text(input);
  const std::size_t end = text.find('\n');
  const std::size_t taken = std::min(end, text.size());
  if (line_.size() + taken > kMaxLine) {
    return malformed("a line is too long");
  }
  line_ += text.substr(0, taken);
  if (end == std::string_view::npos) {
    input = {};
    return false;
  }
  input = input.subspan(end + 1);
  if (line_.ends_with('\r')) {
    line_.pop_back();
  }
  return true;
}

Result<void> AwsChunkedDecoder::begin_chunk() {
  std::string_view line = line_;
  const std::size_t semicolon = std::min(line.find(';'), line.size());
  const std::string_view digits = line.substr(0, semicolon);
  const std::string_view extension = line.substr(semicolon);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), left_, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || left_ > kMaxChunk) {
    return malformed("a chunk does not begin with its size");
  }
  signature_.clear();
  if (extension.starts_with(kSignature)) {
    signature_ = extension.substr(kSignature.size());
  } else if (!extension.empty()) {
    return malformed("a chunk has an unknown extension");
  }
  last_ = left_ == 0;
  return {};
}

Result<void> AwsChunkedDecoder::take_trailer() {
  const std::size_t colon = line_.find(':');
  trailer_bytes_ += line_.size();
  if (colon == std::string::npos || colon == 0 || trailer_bytes_ > kMaxTrailers) {
    return malformed("its trailers are no `name:value` lines or too many");
  }
  std::string name = line_.substr(0, colon);
  std::ranges::transform(name, name.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  const std::size_t begin = std::min(line_.find_first_not_of(" \t", colon + 1), line_.size());
  const std::size_t end = line_.find_last_not_of(" \t");
  trailers_.emplace_back(
      std::move(name),
      line_.substr(begin, end == std::string::npos || end < begin ? 0 : end - begin + 1));
  return {};
}

}  // namespace fabrik::adapters
