#include "adapters/reapi/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace fabrik::adapters::reapi {
namespace {

constexpr std::array<std::string_view, 7> kReserved = {
    "blobs",      "uploads",      "actions",         "actionResults",
    "operations", "capabilities", "compressed-blobs"};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> segments;
  while (true) {
    const auto slash = text.find('/');
    segments.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) {
      return segments;
    }
    text.remove_prefix(slash + 1);
  }
}

bool is_reserved(std::string_view segment) {
  return std::ranges::find(kReserved, segment) != kReserved.end();
}

std::unexpected<Error> wrong(std::string_view name, std::string_view why) {
  return fail(Errc::invalid_argument,
              "resource name \"" + std::string(name.substr(0, 300)) + "\": " + std::string(why));
}

Result<std::int64_t> parse_size(std::string_view text) {
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc{} || end != text.data() + text.size() || size < 0) {
    return fail(Errc::invalid_argument,
                "\"" + std::string(text) + "\" is not the size of a blob in decimal");
  }
  return size;
}

class Parser {
 public:
  explicit Parser(std::string_view name) : name_(name), segments_(split(name)) {}

  Result<ResourceName> parse(bool is_write) {
    FABRIK_CHECK(take_instance());
    if (is_write) {
      if (!take("uploads") || !more()) {
        return wrong(name_, "a write needs uploads/<id>/blobs/<hash>/<size>");
      }
      parsed_.upload_id = segments_[at_++];
    }
    FABRIK_CHECK(take_blob());
    if (more() && !is_write) {
      return wrong(name_, "something follows the size");
    }
    return parsed_;
  }

 private:
  bool more() const { return at_ < segments_.size(); }
  bool take(std::string_view segment) {
    if (!more() || segments_[at_] != segment) {
      return false;
    }
    ++at_;
    return true;
  }

  Result<void> take_instance() {
    while (more() && !is_reserved(segments_[at_])) {
      if (segments_[at_].empty()) {
        return wrong(name_, "it has an empty segment");
      }
      parsed_.instance += (parsed_.instance.empty() ? "" : "/") + std::string(segments_[at_]);
      ++at_;
    }
    return {};
  }

  Result<void> take_blob() {
    if (take("compressed-blobs")) {
      if (!take("zstd")) {
        return wrong(name_, "of compressors only zstd is known here");
      }
      parsed_.zstd = true;
    } else if (!take("blobs")) {
      return wrong(name_, "blobs/<hash>/<size> is missing");
    }
    if (segments_.size() < at_ + 2) {
      return wrong(name_, "hash or size is missing");
    }
    // Of a digest function that has a segment of its own none is known here.
    if (segments_[at_].size() != 64) {
      return wrong(name_, "only SHA-256 is known here: 64 hex digits, without a segment before");
    }
    const auto size = parse_size(segments_[at_ + 1]);
    const auto blob = size ? blob_ref(segments_[at_], *size) : fail(size.error());
    if (!blob) {
      return wrong(name_, blob.error().message);
    }
    parsed_.blob = *blob;
    at_ += 2;
    return {};
  }

  std::string_view name_;
  std::vector<std::string_view> segments_;
  std::size_t at_ = 0;
  ResourceName parsed_;
};

}  // namespace

Result<ResourceName> parse_read_name(std::string_view name) {
  return Parser(name).parse(false);
}

Result<ResourceName> parse_write_name(std::string_view name) {
  return Parser(name).parse(true);
}

bool is_instance_name(std::string_view name) {
  if (name.empty()) {
    return true;
  }
  return std::ranges::none_of(split(name), [](std::string_view segment) {
    return segment.empty() || is_reserved(segment) || segment.find('\0') != segment.npos;
  });
}

Result<cache::BlobRef> blob_ref(std::string_view hash, std::int64_t size) {
  if (size < 0) {
    return fail(Errc::invalid_argument, "a blob cannot have a negative size");
  }
  const auto is_lower_hex = [](char digit) {
    return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
  };
  if (hash.size() != 64 || !std::ranges::all_of(hash, is_lower_hex)) {
    return fail(Errc::invalid_argument, "\"" + std::string(hash.substr(0, 100)) +
                                            "\" is not a SHA-256 in 64 lower-case hex digits");
  }
  FABRIK_TRY(const Digest digest, Digest::from_hex(hash));
  return cache::BlobRef{.digest = digest, .size = static_cast<std::uint64_t>(size)};
}

}  // namespace fabrik::adapters::reapi
