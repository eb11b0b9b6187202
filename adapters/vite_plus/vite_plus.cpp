#include "adapters/vite_plus/vite_plus.hpp"

#include <nlohmann/json.hpp>

#include "adapters/shared/body_slice.hpp"
#include "adapters/vite_plus/multipart.hpp"

namespace fabrik::adapters {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kPrefix = "/vite-plus/";
constexpr std::string_view kBlob = "blob/";
constexpr std::size_t kMaxMetadata = 16 * 1024 * 1024;

Answer miss() {
  return text_answer(404, "no such entry\n");
}
Answer accepted() {
  return text_answer(200, "");
}
Answer tolerated(const net::Request& request) {
  return request.path.ends_with("/store") ? accepted() : miss();
}

Answer cbor_answer(const Json& json) {
  Answer answer;
  answer.response.headers.set("content-type", "application/cbor");
  const std::vector<std::uint8_t> bytes = Json::to_cbor(json);
  answer.body.assign(bytes.begin(), bytes.end());
  return answer;
}

Json from_cbor(std::string_view bytes) {
  return Json::from_cbor(bytes, true, false);
}

// A member that is a byte string, or text.
std::optional<std::string> bytes_of(const Json& json, const char* name) {
  const auto member = json.is_object() ? json.find(name) : json.end();
  if (!json.is_object() || member == json.end()) {
    return std::nullopt;
  }
  if (member->is_binary()) {
    const auto& binary = member->get_binary();
    return std::string(binary.begin(), binary.end());
  }
  return member->is_string() ? std::optional(member->get<std::string>()) : std::nullopt;
}

// Keys are long: they name the whole configuration of a task.
cache::EntryKey entry_key(std::string_view kind, std::string_view key) {
  return {cache::Space::vite_plus, "", std::string(kind) + "/" + sha256(as_bytes(key)).hex()};
}

Json binary(std::string_view bytes) {
  return Json::binary(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

// As Vite+ 1.5 reads it and, in `entries`, as 1.6 does.
Answer exact(const Json& value, const Json& blob_id) {
  const Json entry = {{"value", value}, {"blob_id", blob_id}};
  Json answer = entry;
  answer["kind"] = "exact";
  answer["entries"] = Json::array({entry});
  return cbor_answer(answer);
}

// What a store request holds.
struct Parts {
  Json metadata;
  std::optional<cache::BlobRef> blob;
};

net::Task<Result<std::string>> read_part(MultipartReader& reader) {
  std::string text;
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, co_await reader.read());
    if (piece.empty()) {
      co_return text;
    }
    if (text.size() + piece.size() > kMaxMetadata) {
      co_return fail(Errc::invalid_argument, "the metadata is larger than 16 MiB");
    }
    text += as_text(piece);
  }
}

net::Task<Result<cache::BlobRef>> read_blob(MultipartReader& reader, cache::ContentApi& content) {
  FABRIK_CO_TRY(auto upload, co_await content.create(cache::Space::vite_plus, 0));
  for (;;) {
    FABRIK_CO_TRY(const Bytes piece, co_await reader.read());
    if (piece.empty()) {
      co_return co_await upload->commit();
    }
    FABRIK_CO_CHECK(co_await upload->append(piece));
  }
}

net::Task<Result<Parts>> read_parts(net::HttpExchange& exchange, cache::ContentApi& content) {
  const auto boundary =
      multipart_boundary(exchange.request().headers.get("content-type").value_or(""));
  if (!boundary) {
    co_return fail(Errc::invalid_argument, "the body is not multipart/form-data");
  }
  Parts parts;
  MultipartReader reader(exchange, *boundary);
  for (;;) {
    FABRIK_CO_TRY(const std::optional<std::string> name, co_await reader.next_part());
    if (!name) {
      co_return parts;
    }
    if (*name == "metadata") {
      FABRIK_CO_TRY(const std::string text, co_await read_part(reader));
      parts.metadata = from_cbor(text);
    } else if (*name == "blob") {
      FABRIK_CO_TRY(parts.blob, co_await read_blob(reader, content));
    }
  }
}

}  // namespace

bool VitePlusAdapter::claims(const net::Request& request) const {
  return request.path.starts_with(kPrefix);
}

net::Task<void> VitePlusAdapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> VitePlusAdapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  const std::string_view route = std::string_view(request.path).substr(kPrefix.size());
  const bool posts = request.method == net::Method::post;
  if (route == "fetch") {
    co_return posts ? co_await fetch(exchange) : not_allowed("POST");
  }
  if (route == "store") {
    co_return posts ? co_await store(exchange) : not_allowed("POST");
  }
  if (!route.starts_with(kBlob)) {
    co_return miss();
  }
  const bool reads = request.method == net::Method::get || request.method == net::Method::head;
  co_return reads ? co_await blob(route.substr(kBlob.size())) : not_allowed("GET, HEAD");
}

net::Task<std::optional<std::string>> VitePlusAdapter::load(const cache::EntryKey& key) {
  const Answer answer = co_await transfer_.get(key, cache::Verify::whole_first, "", miss);
  if (!answer.content) {
    co_return std::nullopt;
  }
  std::string bytes;
  for (;;) {
    const Result<Bytes> piece = co_await answer.content->next();
    if (!piece) {
      co_return std::nullopt;
    }
    if (piece->empty()) {
      co_return bytes;
    }
    bytes += as_text(*piece);
  }
}

net::Task<Answer> VitePlusAdapter::fetch(net::HttpExchange& exchange) {
  const Result<std::string> body = co_await read_text(exchange, kMaxMetadata);
  const Json question = body ? from_cbor(*body) : Json();
  const auto key = bytes_of(question, "key");
  if (!key) {
    co_return text_answer(400, "the body must be CBOR with a key\n");
  }
  if (const auto found = co_await load(entry_key("entry", *key))) {
    const Json entry = from_cbor(*found);
    const auto id = bytes_of(entry, "blob_id");
    if (!id) {
      co_return exact(entry["value"], nullptr);
    }
    const Result<Digest> digest = Digest::from_hex(*id);
    if (digest) {
      const cache::BlobRef ref{.digest = *digest,
                               .size = entry.value("blob_size", std::uint64_t{0})};
      const auto missing = co_await content_.missing({&ref, 1});
      if (missing && missing->empty()) {
        co_return exact(entry["value"], *id);
      }
    }
    co_return miss();
  }
  if (const auto secondary = bytes_of(question, "secondary_key")) {
    const auto last = co_await load(entry_key("last", *secondary));
    if (last && *last != *key) {
      co_return cbor_answer({{"kind", "fallback"}, {"key", binary(*last)}});
    }
  }
  co_return miss();
}

net::Task<Result<void>> VitePlusAdapter::save(const net::Request& request,
                                              const cache::EntryKey& key, std::string_view bytes) {
  FABRIK_CO_TRY(auto writer, co_await cache_.create(key, {.size_hint = bytes.size()}));
  FABRIK_CO_CHECK(co_await writer->append(as_bytes(bytes)));
  FABRIK_CO_CHECK(
      co_await writer->commit({.writer = request.peer, .tool = tool_of(request), .headers = {}}));
  co_return Result<void>{};
}

net::Task<Answer> VitePlusAdapter::store(net::HttpExchange& exchange) {
  const Result<Parts> parts = co_await read_parts(exchange, content_);
  if (!parts && parts.error().code != Errc::invalid_argument) {
    co_return accepted();  // no room, or the client is gone: nothing is stored
  }
  const auto key = parts ? bytes_of(parts->metadata, "key") : std::nullopt;
  if (!key || !parts->metadata.contains("value")) {
    co_return text_answer(400, parts ? "the metadata must be CBOR with a key and a value\n"
                                     : parts.error().message + "\n");
  }
  Json entry = {{"value", parts->metadata["value"]}, {"blob_id", nullptr}};
  if (parts->blob) {
    entry["blob_id"] = parts->blob->digest.hex();
    entry["blob_size"] = parts->blob->size;
  }
  const std::vector<std::uint8_t> bytes = Json::to_cbor(entry);
  Result<void> saved = co_await save(exchange.request(), entry_key("entry", *key),
                                     {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const auto secondary = bytes_of(parts->metadata, "secondary_key");
  if (saved && secondary) {
    saved = co_await save(exchange.request(), entry_key("last", *secondary), *key);
  }
  if (!saved) {
    log_.warn("a task could not be stored", {{"error", saved.error().message}});
  }
  co_return accepted();
}

net::Task<Answer> VitePlusAdapter::blob(std::string_view id) {
  const Result<Digest> digest = Digest::from_hex(id);
  if (!digest) {
    co_return miss();
  }
  auto source =
      co_await content_.open(cache::Space::vite_plus, *digest, cache::Verify::whole_first);
  if (!source || !*source) {
    co_return miss();
  }
  auto content = co_await primed(*std::move(source));
  if (!content) {
    co_return miss();
  }
  Answer answer;
  answer.response.headers.set("content-type", "application/octet-stream");
  answer.content = *std::move(content);
  co_return answer;
}

}  // namespace fabrik::adapters
