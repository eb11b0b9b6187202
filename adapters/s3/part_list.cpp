#include "adapters/s3/part_list.hpp"

#include <charconv>

#include "adapters/s3/xml.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxDeleted = 1000;

class PartHandler final : public XmlHandler {
 public:
  std::vector<S3PartName> parts;
  bool right_root = false;
  bool good = true;

  void begin(std::string_view name) override {
    right_root |= depth_++ == 0 && name == "CompleteMultipartUpload";
    if (depth_ == 2 && name == "Part") {
      parts.emplace_back();
    }
  }
  void end(std::string_view name, std::string_view text) override {
    --depth_;
    if (depth_ == 1 && name == "Part") {
      good &= parts.back().number != 0;
    }
    if (depth_ != 2 || parts.empty()) {
      return;
    }
    if (name == "ETag") {
      parts.back().etag = text;
    } else if (name == "PartNumber") {
      unsigned number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      const bool whole = error == std::errc() && end == text.data() + text.size();
      parts.back().number = whole && number <= kMaxPartNumber ? number : 0;
    }
  }

 private:
  int depth_ = 0;
};

class DeleteHandler final : public XmlHandler {
 public:
  S3DeleteList list;
  bool right_root = false;

  void begin(std::string_view name) override { right_root |= depth_++ == 0 && name == "Delete"; }
  void end(std::string_view name, std::string_view text) override {
    --depth_;
    if (depth_ == 2 && name == "Key") {
      list.keys.emplace_back(text);
    } else if (depth_ == 1 && name == "Quiet") {
      list.quiet = text == "true";
    }
  }

 private:
  int depth_ = 0;
};

}  // namespace

Result<std::vector<S3PartName>> parse_part_list(std::string_view xml) {
  PartHandler handler;
  FABRIK_CHECK(parse_xml(xml, handler));
  if (!handler.right_root || !handler.good || handler.parts.empty() ||
      handler.parts.size() > kMaxPartNumber) {
    return fail(Errc::invalid_argument,
                "the body must be a CompleteMultipartUpload with 1 to 10000 parts");
  }
  return std::move(handler.parts);
}

Result<S3DeleteList> parse_delete_list(std::string_view xml) {
  DeleteHandler handler;
  FABRIK_CHECK(parse_xml(xml, handler));
  if (!handler.right_root || handler.list.keys.empty() || handler.list.keys.size() > kMaxDeleted) {
    return fail(Errc::invalid_argument, "the body must be a Delete with 1 to 1000 keys");
  }
  return std::move(handler.list);
}

}  // namespace fabrik::adapters
