#include "adapters/bazel/bazel_http.hpp"

#include <charconv>

#include "adapters/bazel/action_json.hpp"
#include "adapters/shared/action_result.hpp"
#include "adapters/shared/body_decorators.hpp"
#include "adapters/shared/body_slice.hpp"
#include "adapters/shared/completeness.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kContentType = "application/octet-stream";
constexpr std::size_t kMaxActionResult = 4 * 1024 * 1024;
constexpr std::string_view kJson = "application/json";

Answer miss() {
  return text_answer(404, "no such entry\n");
}
Answer accepted() {
  return text_answer(200, "");
}
Answer tolerated(const net::Request& request) {
  return request.method == net::Method::put ? accepted() : miss();
}

std::optional<std::uint64_t> announced_size(const net::Request& request) {
  const std::string_view text = request.headers.get("x-digest-sizebytes").value_or("");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(size)
                                                                  : std::nullopt;
}

bool is_action_result(const Answer& answer) {
  return answer.content && answer.response.headers.get("content-type") == kActionResultType;
}

net::Task<Result<std::string>> read_all(net::BodySource& source) {
  std::string bytes;
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, co_await source.next());
    if (piece.empty()) {
      co_return bytes;
    }
    bytes += as_text(piece);
  }
}

struct Beginning {
  std::string bytes;
  bool whole = false;  // nothing follows
};

// As much of the body as an action result may have.
net::Task<Result<Beginning>> read_beginning(net::HttpExchange& exchange) {
  Beginning beginning;
  while (beginning.bytes.size() <= kMaxActionResult) {
    FABRIK_CO_TRY(const Bytes piece, co_await exchange.read_body());
    if (piece.empty()) {
      beginning.whole = true;
      break;
    }
    beginning.bytes += as_text(piece);
  }
  co_return beginning;
}

}  // namespace

bool BazelHttpAdapter::claims(const net::Request& request) const {
  return parse_bazel_path(request.path).has_value();
}

net::Task<void> BazelHttpAdapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> BazelHttpAdapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  const std::optional<BazelTarget> target = parse_bazel_path(request.path);
  const bool reads = request.method == net::Method::get || request.method == net::Method::head;
  if (!target || !target->hash) {
    co_return reads ? miss() : text_answer(400, "the name is not the 64 hex digits of a SHA-256\n");
  }
  if (!options_.namespaces.serves(target->ns)) {
    co_return miss();
  }
  const bool is_action = target->store == BazelStore::action_cache;
  const cache::EntryKey key{cache::Space::bazel, target->ns, target->hash->hex()};
  if (reads) {
    co_return is_action ? co_await get_action(request, key) : co_await get_blob(request, *target);
  }
  if (request.method == net::Method::put) {
    co_return co_await decide_put(exchange, *target);
  }
  if (request.method == net::Method::del && is_action) {  // ccache drops what it found damaged
    co_await transfer_.erase(key);
    co_return accepted();
  }
  co_return not_allowed(is_action ? "GET, HEAD, PUT, DELETE" : "GET, HEAD, PUT");
}

net::Task<Answer> BazelHttpAdapter::decide_put(net::HttpExchange& exchange,
                                               const BazelTarget& target) {
  const net::Request& request = exchange.request();
  const cache::EntryKey key{cache::Space::bazel, target.ns, target.hash->hex()};
  const bool is_action = target.store == BazelStore::action_cache;
  const std::string_view encoding = request.headers.get("content-encoding").value_or("");
  if (encoding.empty() || net::equal_ignoring_case(encoding, "identity")) {
    co_return is_action ? co_await put_action(exchange, key)
                        : co_await put_blob(exchange, target, request.content_length);
  }
  if (!net::equal_ignoring_case(encoding, "zstd")) {
    co_return text_answer(415, "bodies may be plain or encoded with zstd\n");
  }
  const std::optional<std::uint64_t> size = announced_size(request);
  if (!size) {
    co_return text_answer(400, "a zstd body needs its decoded size in X-Digest-SizeBytes\n");
  }
  ZstdBody decoded(exchange, *size);
  co_return is_action ? co_await put_action(decoded, key)
                      : co_await put_blob(decoded, target, size);
}

net::Task<Answer> BazelHttpAdapter::get_action(const net::Request& request,
                                               const cache::EntryKey& key) {
  Answer answer = co_await transfer_.get(key, cache::Verify::whole_first, kContentType, miss);
  if (!is_action_result(answer)) {
    co_return answer;
  }
  Result<std::string> bytes = co_await read_all(*answer.content);
  const auto references = bytes ? action_references(as_bytes(*bytes)) : std::nullopt;
  if (!references) {
    co_return miss();
  }
  const auto content = content_.within(key.ns);
  const Result<bool> complete = co_await is_complete(*content, *references);
  if (!complete || !*complete) {
    co_return miss();
  }
  answer.response.headers.set("content-type", kContentType);
  answer.content.reset();
  answer.body = *std::move(bytes);
  if (accepts(request.headers.get("accept").value_or(""), kJson)) {
    if (auto json = action_to_json(answer.body)) {
      answer.response.headers.set("content-type", kJson);
      answer.body = *std::move(json);
    }
  }
  co_return answer;
}

net::Task<Answer> BazelHttpAdapter::put_action(net::HttpExchange& exchange,
                                               const cache::EntryKey& key) {
  Result<Beginning> beginning = co_await read_beginning(exchange);
  if (!beginning) {
    co_return text_answer(400, beginning.error().message + "\n");
  }
  const net::Request& request = exchange.request();
  StoredHeaders headers = select_headers(request, {"content-type"});
  if (beginning->whole && request.headers.get("content-type") == kJson) {
    if (auto action = action_from_json(beginning->bytes)) {
      beginning->bytes = *std::move(action);
    }
  }
  if (beginning->whole && action_references(as_bytes(beginning->bytes))) {
    headers = {{"content-type", std::string(kActionResultType)}};
  }
  ReplayedBody body(exchange, std::move(beginning->bytes));
  const Upload upload =
      co_await transfer_.receive(body, key, cache::IfExists::replace, std::move(headers));
  co_return upload == Upload::incomplete ? text_answer(400, "the body is not what was announced\n")
                                         : accepted();
}

net::Task<Answer> BazelHttpAdapter::get_blob(const net::Request& request,
                                             const BazelTarget& target) {
  const Digest& digest = *target.hash;
  Answer answer;
  answer.response.headers.set("content-type", kContentType);
  if (digest == sha256({})) {
    co_return answer;
  }
  auto source = co_await content_.within(target.ns)->open(cache::Space::cas, digest,
                                                          cache::Verify::while_reading);
  if (!source || !*source) {
    co_return miss();
  }
  auto content = co_await primed(*std::move(source));
  if (!content) {
    if (content.error().code == Errc::corrupt) {
      mismatches_.count("GET /cas", target.ns);
    }
    co_return miss();
  }
  answer.content = *std::move(content);
  const bool compressed = options_.send_zstd && request.method == net::Method::get &&
                          accepts(request.headers.get("accept-encoding").value_or(""), "zstd");
  if (compressed) {
    answer.response.headers.set("content-encoding", "zstd");
    answer.content = std::make_unique<ZstdSource>(std::move(answer.content));
  }
  co_return answer;
}

net::Task<Answer> BazelHttpAdapter::put_blob(net::HttpExchange& exchange, const BazelTarget& target,
                                             std::optional<std::uint64_t> size) {
  const auto content = content_.within(target.ns);
  const Digest& digest = *target.hash;
  if (size) {
    const cache::BlobRef blob{.digest = digest, .size = *size};
    const auto missing = co_await content->missing({&blob, 1});
    if (missing && missing->empty()) {
      co_return accepted();  // the transport drops the body
    }
  }
  const Result<void> stored = co_await store_blob(*content, exchange, digest, size);
  if (stored) {
    co_return accepted();
  }
  if (stored.error().code == Errc::digest_mismatch) {
    mismatches_.count("PUT /cas", target.ns);
  }
  switch (stored.error().code) {
    case Errc::digest_mismatch:
    case Errc::invalid_argument:
    case Errc::cancelled:
    case Errc::timeout:
      co_return text_answer(400, stored.error().message + "\n");
    default:
      log_.warn("a blob could not be stored",
                {{"digest", digest.hex()}, {"error", stored.error().message}});
      co_return text_answer(507, "there is no room for it now\n");
  }
}

net::Task<Result<void>> BazelHttpAdapter::store_blob(cache::ContentApi& content,
                                                     net::HttpExchange& exchange,
                                                     const Digest& digest,
                                                     std::optional<std::uint64_t> size) {
  FABRIK_CO_TRY(auto upload, co_await content.create(cache::Space::cas, size.value_or(0)));
  upload->written_by(
      {.writer = exchange.request().peer, .tool = tool_of(exchange.request()), .invocation = {}});
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, co_await exchange.read_body());
    if (piece.empty()) {
      break;
    }
    FABRIK_CO_CHECK(co_await upload->append(piece));
  }
  const cache::BlobRef expected{.digest = digest, .size = upload->size()};
  FABRIK_CO_CHECK(co_await upload->commit(&expected));
  co_return Result<void>{};
}

}  // namespace fabrik::adapters
