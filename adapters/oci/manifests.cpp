#include "adapters/oci/manifests.hpp"

#include "adapters/oci/errors.hpp"
#include "adapters/oci/names.hpp"
#include "adapters/shared/transfer.hpp"

namespace fabrik::adapters {
namespace {

// The specification asks for 4 MiB at least.
constexpr std::size_t kMaxManifest = 8 * 1024 * 1024;
constexpr std::size_t kAllTags = 1'000'000;
constexpr std::string_view kContentType = "content-type";

std::optional<cache::EntryKey> key_of(std::string_view repository, std::string_view reference) {
  if (const auto digest = parse_oci_digest(reference)) {
    return oci_manifest_key(repository, *digest);
  }
  return is_oci_tag(reference) ? std::optional(oci_tag_key(repository, reference)) : std::nullopt;
}

Answer unreadable(const Error& error) {
  return error.code == Errc::too_large ? oci_error(413, "SIZE_INVALID", error.message)
                                       : oci_error(400, "MANIFEST_INVALID", error.message);
}

Answer invalid(std::string_view message) {
  return oci_error(400, "MANIFEST_INVALID", message);
}

Answer blob_missing(const cache::BlobRef& blob) {
  return oci_error(400, "MANIFEST_BLOB_UNKNOWN",
                   "this repository does not have the blob " + oci_digest(blob.digest) + " of " +
                       std::to_string(blob.size) +
                       " bytes; push it first (when it was pushed just now, the cache had no room "
                       "for it: see fabrik doctor)");
}

// What the client says, without "; charset=...", else what the manifest says.
std::string type_of(const net::Request& request, const OciManifest& manifest) {
  std::string_view type = request.headers.get(kContentType).value_or("");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) {
    type.remove_suffix(1);
  }
  if (!type.empty()) {
    return std::string(type);
  }
  return !manifest.type.empty() ? manifest.type
                                : std::string(manifest.index ? kOciIndexType : kOciManifestType);
}

Answer created(const std::string& repository, const Digest& digest, const OciManifest& manifest) {
  const std::string name = oci_digest(digest);
  Answer answer;
  answer.response.status = 201;
  answer.response.headers.set("Location", "/v2/" + repository + "/manifests/" + name);
  answer.response.headers.set("Docker-Content-Digest", name);
  if (manifest.subject) {
    answer.response.headers.set("OCI-Subject", oci_digest(*manifest.subject));
  }
  return answer;
}

Answer served(const cache::EntryInfo& info, std::string text, bool head_only) {
  const std::string name = oci_digest(info.blob.digest);
  Answer answer;
  for (const auto& [field, value] : info.meta.headers) {
    answer.response.headers.set(field, value);
  }
  answer.response.headers.set("Docker-Content-Digest", name);
  answer.response.headers.set("ETag", "\"" + name + "\"");
  if (head_only) {
    answer.content = size_only(text.size());
  } else {
    answer.body = std::move(text);
  }
  return answer;
}

}  // namespace

net::Task<std::optional<std::string>> read_oci_manifest(cache::EntryReader& reader) {
  if (reader.size() > kMaxManifest) {
    co_return std::nullopt;
  }
  std::string text;
  for (;;) {
    const Result<Bytes> piece = co_await reader.next();
    if (!piece) {
      co_return std::nullopt;
    }
    if (piece->empty()) {
      co_return text;
    }
    text += as_text(*piece);
  }
}

net::Task<Answer> OciManifests::handle(net::HttpExchange& exchange, const std::string& repository,
                                       const std::string& reference) {
  switch (exchange.request().method) {
    case net::Method::get:
      co_return co_await get(repository, reference, false);
    case net::Method::head:
      co_return co_await get(repository, reference, true);
    case net::Method::put:
      co_return co_await put(exchange, repository, reference);
    case net::Method::del:
      co_return co_await erase(repository, reference);
    default:
      co_return oci_not_allowed("GET, HEAD, PUT, DELETE");
  }
}

net::Task<std::optional<OciManifests::Stored>> OciManifests::read(const cache::EntryKey& key) {
  const auto reader = co_await entries_.open(key);
  if (!reader) {
    co_return std::nullopt;
  }
  auto text = co_await read_oci_manifest(*reader);
  if (!text) {
    co_return std::nullopt;
  }
  co_return Stored{.info = reader->info(), .text = *std::move(text)};
}

net::Task<Answer> OciManifests::get(const std::string& repository, const std::string& reference,
                                    bool head_only) {
  const auto key = key_of(repository, reference);
  if (!key) {
    co_return oci_manifest_unknown();
  }
  auto stored = co_await read(*key);
  if (!stored) {
    co_return oci_manifest_unknown();
  }
  const auto manifest = parse_oci_manifest(stored->text);
  if (!manifest) {
    co_return oci_manifest_unknown();
  }
  const bool whole = co_await is_whole(repository, *manifest);
  if (!whole) {
    log_.info("a manifest is not served: blobs of it are gone",
              {{"adapter", "buildkit"}, {"repository", repository}, {"reference", reference}});
    co_return oci_manifest_unknown();
  }
  const std::vector<cache::BlobRef> own{stored->info.blob};
  co_await lease(own);
  co_return served(stored->info, std::move(stored->text), head_only);
}

net::Task<void> OciManifests::lease(const std::vector<cache::BlobRef>& blobs) {
  if (const auto absent = co_await content_.missing(blobs); !absent) {
    log_.warn("the blobs of a manifest could not be leased",
              {{"adapter", "buildkit"}, {"error", absent.error().message}});
  }
}

net::Task<bool> OciManifests::is_whole(const std::string& repository, const OciManifest& manifest) {
  co_await lease(manifest.manifests);
  const auto absent = co_await entries_.absent(repository, manifest.blobs);
  if (manifest.index && !manifest.buildkit_cache) {
    co_return true;
  }
  if (!absent.empty()) {
    co_return false;
  }
  if (manifest.buildkit_cache) {
    co_return co_await is_sound(manifest.blobs);
  }
  co_return true;
}

// Opening a file for the first time in a worker checks its SHA-256; after that this
// costs next to nothing.
net::Task<bool> OciManifests::is_sound(const std::vector<cache::BlobRef>& blobs) {
  for (const cache::BlobRef& blob : blobs) {
    const auto source =
        co_await content_.open(cache::Space::oci, blob.digest, cache::Verify::while_reading);
    if (!source || !*source) {
      co_return false;
    }
  }
  co_return true;
}

net::Task<Answer> OciManifests::put(net::HttpExchange& exchange, const std::string& repository,
                                    const std::string& reference) {
  if (!key_of(repository, reference)) {
    co_return invalid("\"" + reference + "\" is neither a tag nor a sha256 digest");
  }
  const Result<std::string> text = co_await read_text(exchange, kMaxManifest);
  if (!text) {
    co_return unreadable(text.error());
  }
  const cache::BlobRef blob{.digest = sha256(as_bytes(*text)), .size = text->size()};
  if (const auto named = parse_oci_digest(reference); named && *named != blob.digest) {
    co_return oci_error(400, "DIGEST_INVALID",
                        "the manifest's digest is " + oci_digest(blob.digest));
  }
  const auto manifest = parse_oci_manifest(*text);
  if (!manifest) {
    co_return invalid(manifest.error().message);
  }
  const std::string type = type_of(exchange.request(), *manifest);
  if (!manifest->type.empty() && manifest->type != type) {
    co_return invalid("Content-Type is " + type + ", but its mediaType is " + manifest->type);
  }
  co_await lease(manifest->manifests);
  const auto absent = co_await entries_.absent(repository, manifest->blobs);
  if (!absent.empty() && !manifest->index && !manifest->buildkit_cache) {
    co_return blob_missing(absent.front());
  }
  const bool stored = co_await store({.request = exchange.request(),
                                      .repository = repository,
                                      .reference = reference,
                                      .text = *text,
                                      .type = type,
                                      .manifest = *manifest,
                                      .blob = blob});
  if (!stored && !manifest->buildkit_cache) {
    co_return oci_error(503, "UNKNOWN", "the cache has no room for this manifest");
  }
  co_return created(repository, blob.digest, *manifest);
}

net::Task<bool> OciManifests::store(const Push& push) {
  const bool kept = co_await store_bytes(push.blob, push.text);
  if (!kept) {
    co_return false;
  }
  std::vector<cache::EntryKey> keys{oci_manifest_key(push.repository, push.blob.digest)};
  if (push.manifest.subject) {
    keys.push_back(oci_referrer_key(push.repository, *push.manifest.subject, push.blob.digest));
  }
  if (!parse_oci_digest(push.reference)) {
    keys.push_back(oci_tag_key(push.repository, push.reference));
  }
  for (const cache::EntryKey& key : keys) {
    cache::EntryMeta meta{.writer = push.request.peer,
                          .tool = tool_of(push.request),
                          .invocation = {},
                          .headers = {{std::string(kContentType), push.type}}};
    const bool linked = co_await entries_.link(key, push.blob, std::move(meta));
    if (!linked) {
      co_return false;
    }
  }
  co_return true;
}

net::Task<bool> OciManifests::store_bytes(const cache::BlobRef& blob, const std::string& text) {
  auto upload = co_await content_.create(cache::Space::oci, text.size());
  Result<void> kept;
  if (upload) {
    kept = co_await (*upload)->append(as_bytes(text));
  } else {
    kept = fail(upload.error());
  }
  if (kept) {
    const auto committed = co_await (*upload)->commit(&blob);
    kept = committed ? Result<void>{} : Result<void>(fail(committed.error()));
  }
  if (!kept) {
    log_.warn("a manifest is not stored",
              {{"adapter", "buildkit"}, {"error", kept.error().message}});
  }
  co_return kept.has_value();
}

net::Task<Answer> OciManifests::erase(const std::string& repository, const std::string& reference) {
  const auto digest = parse_oci_digest(reference);
  if (!digest) {
    const auto key = key_of(repository, reference);
    const bool erased = key && co_await entries_.erase(*key);
    co_return erased ? text_answer(202, "") : oci_manifest_unknown();
  }
  const cache::EntryKey key = oci_manifest_key(repository, *digest);
  const auto stored = co_await read(key);
  const bool erased = co_await entries_.erase(key);
  if (!erased) {
    co_return oci_manifest_unknown();
  }
  if (const auto manifest = parse_oci_manifest(stored ? stored->text : "");
      manifest && manifest->subject) {
    co_await entries_.erase(oci_referrer_key(repository, *manifest->subject, *digest));
  }
  const auto tags = co_await entries_.names(repository, std::string(kOciTagPrefix),
                                            {.after = "", .limit = kAllTags});
  for (const OciName& tag : tags) {
    if (tag.blob.digest == *digest) {
      co_await entries_.erase(oci_tag_key(repository, tag.name));
    }
  }
  co_return text_answer(202, "");
}

}  // namespace fabrik::adapters
