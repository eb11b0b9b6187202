#include "adapters/s3/xml.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <vector>

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxDepth = 16;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::invalid_argument, "read an XML document: " + std::string(what));
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool all_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 63));
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  }
}

// `entity` is what stands between & and ;.
bool append_entity(std::string& out, std::string_view entity) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [name, c] : kNamed) {
    if (entity == name) {
      out += c;
      return true;
    }
  }
  if (!entity.starts_with('#')) {
    return false;
  }
  const bool hex = entity.starts_with("#x");
  const std::string_view digits = entity.substr(hex ? 2 : 1);
  std::uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  if (error != std::errc() || end != digits.data() + digits.size() || value == 0 || surrogate ||
      value > 0x10ffff) {
    return false;
  }
  append_utf8(out, value);
  return true;
}

class Parser {
 public:
  Parser(std::string_view document, XmlHandler& handler) : rest_(document), handler_(handler) {}

  Result<void> run() {
    while (!rest_.empty()) {
      if (rest_.front() == '<') {
        FABRIK_CHECK(markup());
      } else {
        FABRIK_CHECK(characters());
      }
    }
    return open_.empty() && seen_root_ ? Result<void>() : malformed("it ends too early");
  }

 private:
  struct Open {
    std::string_view name;
    std::string text;
  };

  Result<void> characters() {
    const std::string_view text = rest_.substr(0, rest_.find('<'));
    rest_.remove_prefix(text.size());
    if (open_.empty()) {
      return all_blank(text) ? Result<void>() : malformed("there is text outside of the root");
    }
    std::string& out = open_.back().text;
    for (std::string_view left = text; !left.empty();) {
      const std::size_t mark = left.find('&');
      out += left.substr(0, mark);
      if (mark == std::string_view::npos) {
        break;
      }
      const std::size_t end = left.find(';', mark);
      if (end == std::string_view::npos ||
          !append_entity(out, left.substr(mark + 1, end - mark - 1))) {
        return malformed("it has an unknown entity");
      }
      left.remove_prefix(end + 1);
    }
    return {};
  }

  // Everything up to `end`, which is taken too.
  Result<std::string_view> until(std::string_view end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) {
      return malformed("it ends too early");
    }
    const std::string_view text = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return text;
  }

  Result<void> markup() {
    if (rest_.starts_with("<?")) {
      FABRIK_CHECK(until("?>"));
      return {};
    }
    if (rest_.starts_with("<!--")) {
      rest_.remove_prefix(4);
      FABRIK_CHECK(until("-->"));
      return {};
    }
    if (rest_.starts_with("<![CDATA[") && !open_.empty()) {
      rest_.remove_prefix(9);
      FABRIK_TRY(const std::string_view text, until("]]>"));
      open_.back().text += text;
      return {};
    }
    if (rest_.starts_with("<!")) {
      return malformed("document types are refused");
    }
    rest_.remove_prefix(1);
    FABRIK_TRY(std::string_view tag, until(">"));
    return tag.starts_with('/') ? close(tag.substr(1)) : open(tag);
  }

  Result<void> open(std::string_view tag) {
    const bool empty = tag.ends_with('/');
    tag.remove_suffix(empty ? 1 : 0);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n"));
    if (name.empty() || name.contains('<') || name.contains('&')) {
      return malformed("a tag has no name");
    }
    if (open_.empty() && seen_root_) {
      return malformed("it has more than one root");
    }
    if (open_.size() == kMaxDepth) {
      return malformed("it is nested too deeply");
    }
    seen_root_ = true;
    open_.push_back({.name = name, .text = {}});
    handler_.begin(local(name));
    return empty ? close(name) : Result<void>();
  }

  Result<void> close(std::string_view name) {
    while (!name.empty() && is_blank(name.back())) {
      name.remove_suffix(1);
    }
    if (open_.empty() || open_.back().name != name) {
      return malformed("a tag is closed that is not open");
    }
    handler_.end(local(name), open_.back().text);
    open_.pop_back();
    return {};
  }

  static std::string_view local(std::string_view name) {
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
  }

  std::string_view rest_;
  XmlHandler& handler_;
  std::vector<Open> open_;
  bool seen_root_ = false;
};

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') {
          out += "&#" + std::to_string(static_cast<int>(c)) + ";";
        } else {
          out += c;
        }
    }
  }
  return out;
}

void add_element(std::string& xml, std::string_view name, std::string_view text) {
  xml.append("<").append(name).append(">").append(xml_escape(text));
  xml.append("</").append(name).append(">");
}

Result<void> parse_xml(std::string_view document, XmlHandler& handler) {
  return Parser(document, handler).run();
}

}  // namespace fabrik::adapters
