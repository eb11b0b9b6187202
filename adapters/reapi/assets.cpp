#include "adapters/reapi/assets.hpp"

#include <algorithm>
#include <charconv>

namespace fabrik::adapters::reapi {
namespace {

constexpr std::string_view kSri = "checksum.sri";
constexpr std::string_view kExpires = "x-expires";  // seconds since 1970
constexpr std::size_t kSriSize = 44;                // base64 of 32 bytes

// "blob" and "directory": one URI can be pushed as both.
constexpr std::string_view kBlob = "blob";
constexpr std::string_view kDirectory = "directory";

bool tells_how_to_download(std::string_view name) {
  return name.starts_with("http_header") || name == "bazel.auth_headers" ||
         name == "bazel.canonical_id";
}

int base64_value(char digit) {
  if (digit >= 'A' && digit <= 'Z') {
    return digit - 'A';
  }
  if (digit >= 'a' && digit <= 'z') {
    return digit - 'a' + 26;
  }
  if (digit >= '0' && digit <= '9') {
    return digit - '0' + 52;
  }
  return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

std::optional<Digest> sri_of(const Qualifiers& qualifiers) {
  for (const asset::Qualifier& qualifier : qualifiers) {
    if (qualifier.name() == kSri) {
      return parse_sri(qualifier.value());
    }
  }
  return std::nullopt;
}

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// One lookup, the same for blobs and directories.
struct Asked {
  std::string_view kind;
  std::string instance;
  const google::protobuf::RepeatedPtrField<std::string>& uris;
  const Qualifiers& qualifiers;
  std::int64_t oldest_accepted = 0;  // seconds since 1970
};

struct Found {
  std::string uri;
  cache::BlobRef blob;
  std::int64_t expires = 0;
};

cache::EntryKey key_of(const Asked& asked, const std::string& uri) {
  return {.space = cache::Space::assets,
          .ns = asked.instance,
          .key = asset_key(asked.kind, uri, asked.qualifiers)};
}

bool is_fresh(const cache::EntryInfo& info, std::int64_t oldest_accepted, std::int64_t& expires) {
  for (const auto& [name, value] : info.meta.headers) {
    if (name == kExpires) {
      std::from_chars(value.data(), value.data() + value.size(), expires);
    }
  }
  const auto created =
      std::chrono::duration_cast<std::chrono::seconds>(info.created.time_since_epoch()).count();
  return (expires == 0 || expires > now_seconds()) && created >= oldest_accepted;
}

net::Task<Result<bool>> is_there(cache::ContentApi& content, cache::BlobRef blob) {
  if (is_empty_blob(blob)) {
    co_return true;
  }
  FABRIK_CO_TRY(const auto missing, co_await content.missing({&blob, 1}));
  co_return missing.empty();
}

net::Task<Result<std::optional<Found>>> look_up(Context& context, const Asked& asked) {
  const auto content = context.content.within(asked.instance);
  for (const std::string& uri : asked.uris) {
    const cache::EntryKey key = key_of(asked, uri);
    FABRIK_CO_TRY(const auto info, co_await context.cache.stat(key));
    Found found{.uri = uri, .blob = {}};
    if (!info || !is_fresh(*info, asked.oldest_accepted, found.expires)) {
      continue;
    }
    found.blob = info->blob;
    FABRIK_CO_TRY(const bool there, co_await is_there(*content, found.blob));
    if (there) {
      co_return found;
    }
  }
  co_return std::nullopt;
}

// A blob named by its checksum: the store knows its size.
net::Task<Result<std::optional<Found>>> look_up_sri(Context& context, const Asked& asked) {
  const auto content = context.content.within(asked.instance);
  const auto digest = sri_of(asked.qualifiers);
  if (!digest) {
    co_return std::nullopt;
  }
  FABRIK_CO_TRY(const auto source, co_await content->open(cache::Space::assets, *digest,
                                                          cache::Verify::while_reading));
  Found found{.uri = asked.uris.empty() ? "" : asked.uris[0],
              .blob = {.digest = *digest, .size = source ? source->size() : 0}};
  FABRIK_CO_TRY(const bool there, co_await is_there(*content, found.blob));
  if (!there) {
    co_return std::nullopt;
  }
  co_return found;
}

template <class Request>
Result<void> check(const Context& context, const Request& request) {
  FABRIK_CHECK(context.instances.check(request.instance_name()));
  FABRIK_CHECK(check_function(request.digest_function()));
  if (request.uris().empty()) {
    return fail(Errc::invalid_argument, "uris is empty");
  }
  return {};
}

template <class Request, class Response>
net::Task<Result<void>> fetch(Context& context, std::string_view kind, const Request& request,
                              Response& response, rex::Digest& digest) {
  FABRIK_CO_CHECK(check(context, request));
  const Asked asked{.kind = kind,
                    .instance = request.instance_name(),
                    .uris = request.uris(),
                    .qualifiers = request.qualifiers(),
                    .oldest_accepted = request.oldest_content_accepted().seconds()};
  FABRIK_CO_TRY(auto found, co_await look_up(context, asked));
  if (!found && kind == kBlob) {
    FABRIK_CO_TRY(found, co_await look_up_sri(context, asked));
  }
  if (!found) {
    response.mutable_status()->set_code(static_cast<int>(net::RpcCode::not_found));
    response.mutable_status()->set_message(
        "nothing is known about it, and this server downloads nothing");
    co_return Result<void>{};
  }
  response.mutable_status()->set_code(0);
  response.set_uri(found->uri);
  *response.mutable_qualifiers() = request.qualifiers();
  response.set_digest_function(rex::DigestFunction::SHA256);
  if (found->expires != 0) {
    response.mutable_expires_at()->set_seconds(found->expires);
  }
  put_digest(found->blob, digest);
  co_return Result<void>{};
}

template <class Request>
net::Task<Result<void>> push(Context& context, std::string_view kind, const Request& request,
                             const rex::Digest& digest, const cache::WriteOrigin& origin) {
  FABRIK_CO_CHECK(check(context, request));
  FABRIK_CO_TRY(const cache::BlobRef blob, blob_ref(digest));
  const auto content = context.content.within(request.instance_name());
  FABRIK_CO_TRY(const bool there, co_await is_there(*content, blob));
  if (!there) {
    co_return fail(Errc::not_found, "blob " + blob.digest.hex() + " is not in the cache: push it");
  }
  if (is_empty_blob(blob)) {
    FABRIK_CO_CHECK(co_await store_blob(*content, blob, "", origin));
  }
  const Asked asked{.kind = kind,
                    .instance = request.instance_name(),
                    .uris = request.uris(),
                    .qualifiers = request.qualifiers()};
  cache::EntryMeta meta = meta_of(origin);
  if (request.has_expire_at()) {
    meta.headers.emplace_back(kExpires, std::to_string(request.expire_at().seconds()));
  }
  for (const std::string& uri : request.uris()) {
    const cache::EntryKey key = key_of(asked, uri);
    FABRIK_CO_CHECK(co_await content->link(key, blob, meta, cache::IfExists::replace));
  }
  co_return Result<void>{};
}

}  // namespace

std::optional<Digest> parse_sri(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256-";
  if (!text.starts_with(kPrefix)) {
    return std::nullopt;
  }
  text.remove_prefix(kPrefix.size());
  if (text.size() != kSriSize || text.back() != '=') {
    return std::nullopt;
  }
  Digest digest;
  std::uint32_t bits = 0;
  int count = 0;
  std::size_t at = 0;
  for (const char digit : text.substr(0, kSriSize - 1)) {
    const int value = base64_value(digit);
    if (value < 0) {
      return std::nullopt;
    }
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8 && at < digest.bytes.size()) {
      count -= 8;
      digest.bytes[at++] = static_cast<std::uint8_t>(bits >> static_cast<unsigned>(count));
    }
  }
  return digest;
}

std::string asset_key(std::string_view kind, const std::string& uri, const Qualifiers& qualifiers) {
  std::vector<std::string> lines;
  for (const asset::Qualifier& qualifier : qualifiers) {
    if (!tells_how_to_download(qualifier.name())) {
      lines.push_back(qualifier.name() + "\n" + qualifier.value());
    }
  }
  std::ranges::sort(lines);
  std::string text = std::string(kind) + "\n" + uri;
  for (const std::string& line : lines) {
    text += "\n\n" + line;
  }
  return sha256(as_bytes(text)).hex();  // URIs may be long, and hold anything
}

net::Task<net::RpcStatus> AssetFetch::handle(std::string_view method, net::RpcCall& call) {
  if (method == "FetchBlob") {
    co_return co_await unary<asset::FetchBlobRequest, asset::FetchBlobResponse>(
        call, [this](const auto& request, auto& response) {
          return fetch(context_, kBlob, request, response, *response.mutable_blob_digest());
        });
  }
  if (method == "FetchDirectory") {
    co_return co_await unary<asset::FetchDirectoryRequest, asset::FetchDirectoryResponse>(
        call, [this](const auto& request, auto& response) {
          return fetch(context_, kDirectory, request, response,
                       *response.mutable_root_directory_digest());
        });
  }
  co_return net::unimplemented(method);
}

net::Task<net::RpcStatus> AssetPush::handle(std::string_view method, net::RpcCall& call) {
  const cache::WriteOrigin origin = origin_of(call);
  if (method == "PushBlob") {
    co_return co_await unary<asset::PushBlobRequest, asset::PushBlobResponse>(
        call, [this, &origin](const auto& request, auto&) {
          return push(context_, kBlob, request, request.blob_digest(), origin);
        });
  }
  if (method == "PushDirectory") {
    co_return co_await unary<asset::PushDirectoryRequest, asset::PushDirectoryResponse>(
        call, [this, &origin](const auto& request, auto&) {
          return push(context_, kDirectory, request, request.root_directory_digest(), origin);
        });
  }
  co_return net::unimplemented(method);
}

}  // namespace fabrik::adapters::reapi
