// S3: paths and queries, XML bodies, aws-chunked, canonical requests, ranges and
// conditions. The first byte says which.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/s3/aws_chunked.hpp"
#include "adapters/s3/base64.hpp"
#include "adapters/s3/http_conditions.hpp"
#include "adapters/s3/http_date.hpp"
#include "adapters/s3/part_list.hpp"
#include "adapters/s3/target.hpp"
#include "adapters/s3/xml.hpp"
#include "adapters/shared/byte_range.hpp"
#include "auth/credentials.hpp"
#include "auth/sigv4.hpp"
#include "auth/sigv4_verify.hpp"

namespace {

using namespace fabrik;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// First line of `text`, which loses it.
std::string_view line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view one = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return one;
}

void fuzz_target(std::string_view text) {
  net::Request request;
  request.method = static_cast<net::Method>(text.size() % 7);
  request.path = "/s3" + std::string(line(text));
  request.query = line(text);
  require(adapters::is_s3_path("/s3/" + request.path));
  if (const auto target = adapters::parse_s3_target(request)) {
    require(target->bucket.empty() || adapters::is_bucket_name(target->bucket));
    require(target->key.empty() || adapters::is_object_key(target->key));
    require(target->key.find('\0') == std::string::npos && target->key.size() <= 1024);
  }
  if (const auto source = adapters::parse_copy_source(text)) {
    require(!source->bucket.empty() && !source->key.empty());
  }
}

void fuzz_xml(std::string_view text) {
  if (const auto parts = adapters::parse_part_list(text)) {
    for (const auto& part : *parts) {
      require(part.number >= 1 && part.number <= adapters::kMaxPartNumber);
    }
  }
  if (const auto list = adapters::parse_delete_list(text)) {
    require(!list->keys.empty() && list->keys.size() <= 1000);
  }
  // What we write can be read again, and says the same.
  if (text.find('\0') == std::string_view::npos && text.find('\r') == std::string_view::npos) {
    std::string xml = "<Delete><Object>";
    adapters::add_element(xml, "Key", text);
    const auto back = adapters::parse_delete_list(xml + "</Object></Delete>");
    require(back && back->keys.front() == text);
  }
}

void fuzz_chunks(std::string_view text) {
  std::string whole;
  std::string split;
  bool whole_ended = false;
  bool split_ended = false;
  const auto decode = [](std::string_view body, std::size_t step, std::string& out) {
    adapters::AwsChunkedDecoder decoder;
    for (std::size_t at = 0; at < body.size(); at += step) {
      Bytes input = as_bytes(body.substr(at, step));
      for (bool more = true; more;) {
        const auto event = decoder.next(input);
        if (!event) {
          return false;
        }
        if (*event == adapters::AwsChunkedDecoder::Event::data) {
          require(!decoder.data().empty());
          out += as_text(decoder.data());
        }
        more = *event == adapters::AwsChunkedDecoder::Event::data ||
               *event == adapters::AwsChunkedDecoder::Event::chunk_end;
      }
    }
    return decoder.ended();
  };
  whole_ended = decode(text, text.size() + 1, whole);
  split_ended = decode(text, 3, split);
  require(whole_ended == split_ended);
  require(!whole_ended || whole == split);
}

void fuzz_signature(std::string_view text) {
  net::Request request;
  request.method_name = "GET";
  request.path = "/" + std::string(line(text));
  request.query = line(text);
  for (int i = 0; i < 4; ++i) {
    const std::string_view field = line(text);
    const std::size_t colon = std::min(field.find(':'), field.size());
    request.headers.add(field.substr(0, colon), field.substr(std::min(colon + 1, field.size())));
  }
  const auth::Credentials credentials{.access_key = "key", .secret_key = "secret"};
  // Nobody guesses a signature.
  require(!auth::verify_sigv4(request, credentials, {}));
  const auth::SigV4Request wire{.method = "GET",
                                .path = request.path,
                                .query = request.query,
                                .headers = {{"host", std::string(text.substr(0, 64))}},
                                .payload_hash = auth::kUnsignedPayload};
  const auto canonical = auth::canonical_request(wire);
  require(canonical == auth::canonical_request(wire));
  if (text.find('\0') == std::string_view::npos) {
    // Every spelling of a path is signed alike.
    const std::string encoded = auth::sigv4_encode(text, false);
    require(net::percent_decode(encoded) == text);
    require(auth::sigv4_encode(*net::percent_decode(encoded), false) == encoded);
  }
  static_cast<void>(auth::parse_credentials(text));
}

void fuzz_headers(std::string_view text) {
  const std::uint64_t size = text.size();
  const auto choice = adapters::choose_range("bytes=" + std::string(text), size);
  if (choice.answer == adapters::RangeAnswer::part) {
    require(choice.range.first <= choice.range.last && choice.range.last < size);
  }
  const adapters::Validators current{.etag = "\"abc-1\"", .modified = {}};
  net::Headers headers;
  for (const char* name : {"if-match", "if-none-match", "if-modified-since", "if-range"}) {
    headers.set(name, line(text));
  }
  adapters::judge_read(headers, &current);
  adapters::judge_write(headers, nullptr);
  adapters::range_counts(headers, current);
  if (const auto date = adapters::parse_http_date(text)) {
    require(adapters::parse_http_date(adapters::http_date(*date)) == *date);
  }
  if (const auto bytes = adapters::parse_base64(text)) {
    require(adapters::base64(as_bytes(*bytes)) == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      fuzz_target(text);
      break;
    case 1:
      fuzz_xml(text);
      break;
    case 2:
      fuzz_chunks(text);
      break;
    case 3:
      fuzz_signature(text);
      break;
    default:
      fuzz_headers(text);
  }
  return 0;
}
