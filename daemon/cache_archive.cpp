#include "daemon/cache_archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/fs.hpp"
#include "base/hex.hpp"
#include "cache/schema.hpp"

namespace fabrik::daemon {
namespace {

constexpr std::string_view kHeader = "fabrik cache export 1\n";
constexpr std::uint64_t kBytesPerStep = 64'000'000;
constexpr std::size_t kEntriesPerStep = 1000;
constexpr std::size_t kLongestLine = 256 * 1024;

Result<void> check_path(const std::filesystem::path& path) {
  if (path.is_absolute()) {
    return {};
  }
  return fail(Errc::invalid_argument, "export or import the cache: the path must be absolute");
}

// False: its blob is gone meanwhile.
Result<bool> write_entry(cache::Store& store, int file, const cache::EntryKey& key,
                         const cache::EntryInfo& info) {
  FABRIK_TRY(const auto blob, store.open(info.blob.digest, cache::Verify::whole_first));
  if (!blob) {
    return false;
  }
  FABRIK_CHECK(write_all(file, to_hex(as_bytes(cache::encode(key))) + " " +
                                   to_hex(as_bytes(cache::encode(info))) + "\n"));
  for (;;) {
    FABRIK_TRY(const Bytes piece, blob->next());
    if (piece.empty()) {
      return true;
    }
    FABRIK_CHECK(write_all(file, as_text(piece)));
  }
}

// Reads a file from some offset on, through a buffer.
class Input {
 public:
  Input(UniqueFd file, std::uint64_t at) : file_(std::move(file)), at_(at) {}

  std::uint64_t at() const { return at_; }
  // Up to `limit` bytes, empty at the end; valid until the next call.
  Result<std::string_view> take(std::size_t limit) {
    if (rest_.empty()) {
      FABRIK_CHECK(fill());
    }
    const auto piece = rest_.substr(0, limit);
    rest_.remove_prefix(piece.size());
    at_ += piece.size();
    return piece;
  }
  // Without its end; nullopt: the file ends, or that is no line of ours.
  Result<std::optional<std::string>> line() {
    std::string text;
    while (text.size() < kLongestLine) {
      FABRIK_TRY(const auto piece, take(1));
      if (piece.empty()) {
        break;
      }
      if (piece == "\n") {
        return text;
      }
      text += piece;
    }
    return std::nullopt;
  }

 private:
  Result<void> fill() {
    buffer_.resize(kChunkSize);
    ssize_t count = 0;
    do {
      count = ::pread(file_.get(), buffer_.data(), buffer_.size(), static_cast<off_t>(at_));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
      return fail_errno("read an exported cache");
    }
    rest_ = std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
    return {};
  }

  UniqueFd file_;
  std::uint64_t at_;
  std::string buffer_;
  std::string_view rest_;
};

bool means_dropped(Errc code) {
  return code == Errc::no_space || code == Errc::too_large || code == Errc::unavailable ||
         code == Errc::not_found;
}

std::unexpected<Error> damaged(std::uint64_t at) {
  return fail(Errc::corrupt, "the exported cache is damaged or cut off at byte " +
                                 std::to_string(at) + "; what stands before has been imported");
}

// The bytes that follow a line; `writer` may be nullptr, then they are skipped.
Result<void> read_blob(Input& input, std::uint64_t size, std::unique_ptr<cache::BlobWriter>& writer,
                       std::uint64_t begin) {
  while (size > 0) {
    FABRIK_TRY(const auto piece,
               input.take(static_cast<std::size_t>(std::min<std::uint64_t>(size, kChunkSize))));
    if (piece.empty()) {
      return damaged(begin);
    }
    size -= piece.size();
    if (writer && !writer->append(as_bytes(piece))) {
      writer.reset();  // no room
    }
  }
  return {};
}

// Whether it was stored.
Result<bool> read_entry(cache::Store& store, Input& input) {
  const std::uint64_t begin = input.at();
  FABRIK_TRY(const auto line, input.line());
  const std::size_t blank = line ? line->find(' ') : std::string::npos;
  const auto name = blank == std::string::npos ? std::nullopt : from_hex(line->substr(0, blank));
  const auto record = name ? from_hex(line->substr(blank + 1)) : std::nullopt;
  const auto key = record ? cache::decode_entry_key(*name) : std::nullopt;
  const auto info = key ? cache::decode_entry(*record) : std::nullopt;
  if (!info) {
    return damaged(begin);
  }
  auto created = store.create(info->blob.size);
  auto writer = created ? *std::move(created) : nullptr;
  FABRIK_CHECK(read_blob(input, info->blob.size, writer, begin));
  if (!writer) {
    return false;
  }
  const auto blob = writer->commit(&info->blob.digest);
  if (!blob && blob.error().code == Errc::digest_mismatch) {
    return damaged(begin);
  }
  const auto put = blob ? store.put(*key, *blob, info->meta, cache::IfExists::keep)
                        : Result<cache::PutOutcome>(fail(blob.error()));
  if (!put && !means_dropped(put.error().code)) {
    return fail(put.error());
  }
  return put && *put == cache::PutOutcome::stored;
}

}  // namespace

Result<ExportStep> export_step(cache::Store& store, const std::filesystem::path& path,
                               const std::optional<cache::EntryKey>& from) {
  FABRIK_CHECK(check_path(path));
  FABRIK_TRY(const UniqueFd file, open_file(path, O_WRONLY | (from ? O_APPEND : O_CREAT | O_EXCL)));
  if (!from) {
    FABRIK_CHECK(write_all(file.get(), kHeader));
  }
  FABRIK_TRY(auto page, store.list(from ? &*from : nullptr, kEntriesPerStep));
  ExportStep step;
  for (auto& [key, info] : page.entries) {
    if (step.bytes >= kBytesPerStep) {
      step.next = std::move(key);
      return step;
    }
    FABRIK_TRY(const bool written, write_entry(store, file.get(), key, info));
    step.entries += written ? 1 : 0;
    step.bytes += written ? info.blob.size : 0;
  }
  step.next = std::move(page.next);
  return step;
}

Result<ImportStep> import_step(cache::Store& store, const std::filesystem::path& path,
                               std::uint64_t from) {
  FABRIK_CHECK(check_path(path));
  FABRIK_TRY(UniqueFd file, open_file(path, O_RDONLY));
  struct stat info{};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(Errc::invalid_argument, "import " + path.string() + ": it is not a regular file");
  }
  Input input(std::move(file), from);
  if (from == 0) {
    FABRIK_TRY(const auto header, input.line());
    if (!header || *header + "\n" != kHeader) {
      return fail(Errc::invalid_argument,
                  "import " + path.string() + ": `fabrik cache export` did not write this file");
    }
    from = input.at();
  }
  ImportStep step;
  step.total = static_cast<std::uint64_t>(info.st_size);
  while (input.at() < step.total && step.bytes < kBytesPerStep &&
         step.entries + step.dropped < kEntriesPerStep) {
    FABRIK_TRY(const bool stored, read_entry(store, input));
    ++(stored ? step.entries : step.dropped);
    step.bytes = input.at() - from;
  }
  if (input.at() < step.total) {
    step.next = input.at();
  }
  return step;
}

}  // namespace fabrik::daemon
