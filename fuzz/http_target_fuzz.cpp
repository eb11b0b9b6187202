// Percent-decoding, query parameters and nested keys over any bytes.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/shared/keys.hpp"
#include "net/http_message.hpp"

namespace {

using namespace fabrik;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte / 16];
    encoded += kDigits[byte % 16];
  }
  return encoded;
}

void fuzz_decode(std::string_view text) {
  for (const bool plus : {false, true}) {
    if (const auto decoded = net::percent_decode(text, plus)) {
      require(decoded->size() <= text.size());
      require(decoded->find('\0') == std::string::npos);
    }
  }
  if (text.find('\0') == std::string_view::npos) {
    require(net::percent_decode(percent_encode(text)) == text);
  } else {
    require(!net::percent_decode(percent_encode(text)));
  }
}

void fuzz_key(std::string_view text) {
  const auto key = adapters::nested_key(text);
  if (!key) {
    return;
  }
  require(!key->empty() && key->size() <= 1024);
  require(key->front() != '/' && key->back() != '/' && key->find("//") == std::string::npos);
  require(("/" + *key + "/").find("/../") == std::string::npos);
  require(("/" + *key + "/").find("/./") == std::string::npos);
  require(adapters::nested_key(percent_encode(*key)) == *key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz_decode(text);
  fuzz_key(text);
  net::Request request;
  request.query = text;
  request.query_parameter("slug");
  if (!text.contains('\0')) {
    request.query = "slug=" + percent_encode(text) + "&slug=other";
    require(request.query_parameter("slug") == text);
  }
  return 0;
}
