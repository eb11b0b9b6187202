#include "auth/sigv4_stream.hpp"

#include "auth/hmac.hpp"

namespace fabrik::auth {
namespace {

constexpr std::string_view kOfNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace

bool SigV4Chain::accepts_chunk(const Digest& data, std::string_view signature) {
  return accepts("AWS4-HMAC-SHA256-PAYLOAD\n" + time_ + "\n" + scope_ + "\n" + previous_ + "\n" +
                     std::string(kOfNothing) + "\n" + data.hex(),
                 signature);
}

bool SigV4Chain::accepts_trailers(std::string_view trailers, std::string_view signature) {
  return accepts("AWS4-HMAC-SHA256-TRAILER\n" + time_ + "\n" + scope_ + "\n" + previous_ + "\n" +
                     sha256(as_bytes(trailers)).hex(),
                 signature);
}

bool SigV4Chain::accepts(const std::string& text, std::string_view signature) {
  previous_ = sigv4_signature(key_, text);
  return equal_in_constant_time(previous_, signature);
}

}  // namespace fabrik::auth
