#include "adapters/vite_plus/multipart.hpp"

#include "net/http_message.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxLine = 8 * 1024;
constexpr std::size_t kMaxHeaders = 32;
constexpr std::size_t kMaxBoundary = 70;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::invalid_argument, "read a multipart body: " + std::string(what));
}

// The value of name=value or name="value" behind a semicolon.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find(';'); at != std::string_view::npos; at = header.find(';', at)) {
    at = header.find_first_not_of("; \t", at);
    if (at == std::string_view::npos) {
      break;
    }
    const std::string_view rest = header.substr(at);
    if (rest.size() <= name.size() || rest[name.size()] != '=' ||
        !net::equal_ignoring_case(rest.substr(0, name.size()), name)) {
      continue;
    }
    std::string_view value = rest.substr(name.size() + 1);
    if (value.starts_with('"')) {
      value.remove_prefix(1);
      return std::string(value.substr(0, value.find('"')));
    }
    return std::string(value.substr(0, value.find_first_of("; \t")));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  constexpr std::string_view kType = "multipart/form-data";
  if (!net::equal_ignoring_case(content_type.substr(0, kType.size()), kType)) {
    return std::nullopt;
  }
  auto boundary = parameter(content_type, "boundary");
  return boundary && !boundary->empty() && boundary->size() <= kMaxBoundary ? boundary
                                                                            : std::nullopt;
}

net::Task<Result<void>> MultipartReader::fill() {
  FABRIK_CO_TRY(const Bytes piece, co_await exchange_.read_body());
  if (piece.empty()) {
    co_return malformed("it ends in the middle of a part");
  }
  buffer_ += as_text(piece);
  co_return Result<void>{};
}

net::Task<Result<Bytes>> MultipartReader::read() {
  while (in_part_) {
    const std::size_t end = buffer_.find(delimiter_);
    if (end == 0) {
      buffer_.erase(0, delimiter_.size());
      in_part_ = false;
      break;
    }
    // Its last bytes may be the beginning of a delimiter.
    const std::size_t safe = end != std::string::npos ? end
                             : buffer_.size() >= delimiter_.size()
                                 ? buffer_.size() - delimiter_.size() + 1
                                 : 0;
    if (safe != 0) {
      out_ = buffer_.substr(0, safe);
      buffer_.erase(0, safe);
      co_return as_bytes(out_);
    }
    FABRIK_CO_CHECK(co_await fill());
  }
  co_return Bytes{};
}

net::Task<Result<std::string>> MultipartReader::read_line() {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n");
    if (end != std::string::npos && end <= kMaxLine) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      co_return line;
    }
    if (buffer_.size() > kMaxLine) {
      co_return malformed("a header is too long");
    }
    FABRIK_CO_CHECK(co_await fill());
  }
}

net::Task<Result<std::optional<std::string>>> MultipartReader::next_part() {
  while (in_part_) {
    FABRIK_CO_CHECK(co_await read());
  }
  while (buffer_.size() < 2) {
    FABRIK_CO_CHECK(co_await fill());
  }
  if (buffer_.starts_with("--")) {
    co_return std::nullopt;
  }
  FABRIK_CO_CHECK(co_await read_line());  // the rest of the delimiter's own line
  std::string name;
  for (std::size_t count = 0; count < kMaxHeaders; ++count) {
    FABRIK_CO_TRY(const std::string line, co_await read_line());
    if (line.empty()) {
      in_part_ = true;
      co_return name;
    }
    constexpr std::string_view kDisposition = "content-disposition:";
    if (net::equal_ignoring_case(std::string_view(line).substr(0, kDisposition.size()),
                                 kDisposition)) {
      name = parameter(line, "name").value_or("");
    }
  }
  co_return malformed("a part has too many headers");
}

}  // namespace fabrik::adapters
