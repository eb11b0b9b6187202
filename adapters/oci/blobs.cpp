#include "adapters/oci/blobs.hpp"

#include "adapters/oci/errors.hpp"
#include "adapters/oci/names.hpp"
#include "adapters/shared/body_slice.hpp"
#include "adapters/shared/byte_range.hpp"
#include "adapters/shared/transfer.hpp"

namespace fabrik::adapters {
namespace {

Answer blob_answer(const Digest& digest) {
  const std::string name = oci_digest(digest);
  Answer answer;
  answer.response.headers.set("Content-Type", "application/octet-stream");
  answer.response.headers.set("Docker-Content-Digest", name);
  answer.response.headers.set("ETag", "\"" + name + "\"");
  answer.response.headers.set("Accept-Ranges", "bytes");
  return answer;
}

Answer beyond_the_end(std::uint64_t size) {
  Answer answer = oci_error(
      416, "SIZE_INVALID", "the range begins behind the blob's " + std::to_string(size) + " bytes");
  answer.response.headers.set("Content-Range", unsatisfied_range(size));
  return answer;
}

}  // namespace

std::string oci_blob_path(std::string_view repository, const Digest& digest) {
  return "/v2/" + std::string(repository) + "/blobs/" + oci_digest(digest);
}

Answer oci_blob_created(std::string_view repository, const Digest& digest) {
  Answer answer;
  answer.response.status = 201;
  answer.response.headers.set("Location", oci_blob_path(repository, digest));
  answer.response.headers.set("Docker-Content-Digest", oci_digest(digest));
  return answer;
}

net::Task<Answer> OciBlobs::handle(const net::Request& request, const std::string& repository,
                                   const std::string& reference) {
  const std::optional<Digest> digest = parse_oci_digest(reference);
  if (!digest) {
    co_return oci_digest_invalid(reference);
  }
  switch (request.method) {
    case net::Method::get:
      co_return co_await get(request, repository, *digest);
    case net::Method::head:
      co_return co_await head(repository, *digest);
    case net::Method::del: {
      const bool erased = co_await entries_.erase(oci_blob_key(repository, *digest));
      co_return erased ? text_answer(202, "") : oci_blob_unknown();
    }
    default:
      co_return oci_not_allowed("GET, HEAD, DELETE");
  }
}

net::Task<Answer> OciBlobs::get(const net::Request& request, const std::string& repository,
                                const Digest& digest) {
  auto reader = co_await entries_.open(oci_blob_key(repository, digest));
  if (!reader) {
    // containerd fetches what an index names as a blob when it does not know the type.
    reader = co_await entries_.open(oci_manifest_key(repository, digest));
  }
  if (!reader) {
    co_return oci_blob_unknown();
  }
  const std::uint64_t total = reader->size();
  const RangeChoice choice = choose_range(request.headers.get("range"), total);
  if (choice.answer == RangeAnswer::unsatisfiable) {
    co_return beyond_the_end(total);
  }
  Answer answer = blob_answer(digest);
  std::unique_ptr<net::BodySource> body;
  if (choice.answer == RangeAnswer::part) {
    answer.response.status = 206;
    answer.response.headers.set("Content-Range", content_range(choice.range, total));
    auto part = slice(std::move(reader), choice.range);
    if (!part) {
      co_return oci_blob_unknown();
    }
    body = *std::move(part);
  } else {
    body = std::move(reader);
  }
  auto content = co_await primed(std::move(body));
  if (!content) {
    co_return oci_blob_unknown();
  }
  answer.content = *std::move(content);
  co_return answer;
}

net::Task<Answer> OciBlobs::head(const std::string& repository, const Digest& digest) {
  auto info = co_await entries_.stat(oci_blob_key(repository, digest));
  // A client that is told that a blob is there does not send it again: it has to stay.
  if (info) {
    const std::vector<cache::BlobRef> blob{info->blob};
    const auto absent = co_await entries_.absent(repository, blob);
    if (!absent.empty()) {
      info.reset();
    }
  } else {
    info = co_await entries_.stat(oci_manifest_key(repository, digest));
  }
  if (!info) {
    co_return oci_blob_unknown();
  }
  Answer answer = blob_answer(digest);
  answer.content = size_only(info->blob.size);
  co_return answer;
}

net::Task<bool> OciBlobs::add(const std::string& repository, const cache::BlobRef& blob,
                              const net::Request& request) {
  const cache::EntryKey shared = oci_shared_blob_key(blob.digest);
  const cache::EntryKey own = oci_blob_key(repository, blob.digest);
  const cache::EntryMeta meta{
      .writer = request.peer, .tool = tool_of(request), .invocation = {}, .headers = {}};
  const bool known = co_await entries_.link(shared, blob, meta);
  const bool added = co_await entries_.link(own, blob, meta);
  co_return (known && added);
}

net::Task<std::optional<Answer>> OciBlobs::mount(const net::Request& request,
                                                 const std::string& repository,
                                                 const Digest& digest, const std::string& from) {
  const cache::EntryKey source =
      from.empty() ? oci_shared_blob_key(digest) : oci_blob_key(from, digest);
  const auto info = co_await entries_.stat(source);
  if (!info) {
    co_return std::nullopt;
  }
  const bool added = co_await add(repository, info->blob, request);
  if (!added) {
    co_return std::nullopt;
  }
  const std::vector<cache::BlobRef> blob{info->blob};
  const auto absent = co_await entries_.absent(repository, blob);
  co_return absent.empty() ? std::optional(oci_blob_created(repository, digest)) : std::nullopt;
}

}  // namespace fabrik::adapters
