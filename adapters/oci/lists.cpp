#include "adapters/oci/lists.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/oci/errors.hpp"
#include "adapters/oci/manifests.hpp"
#include "adapters/oci/names.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::size_t kMaxNames = 10'000;   // on one page
constexpr std::size_t kMaxReferrers = 100;  // each is a manifest to be read

Answer json_page(std::string_view type, std::string body) {
  Answer answer;
  answer.response.headers.set("Content-Type", type);
  answer.body = std::move(body);
  return answer;
}

// The page asked for: nullopt when `n` is not a number.
std::optional<OciPage> asked_page(const net::Request& request, std::size_t most) {
  OciPage page{.after = request.query_parameter("last").value_or(""), .limit = most};
  if (const auto text = request.query_parameter("n")) {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), n);
    if (error != std::errc() || end != text->data() + text->size()) {
      return std::nullopt;
    }
    page.limit = std::min(n, most);
  }
  return page;
}

Answer bad_page() {
  return oci_error(400, "PAGINATION_NUMBER_INVALID", "n is not a number");
}

// `path_and_query` goes on with the parameter "last".
void link_next(Answer& answer, const std::string& path_and_query, const std::string& last) {
  answer.response.headers.set("Link", "<" + path_and_query + "last=" + last + ">; rel=\"next\"");
}

// Cuts what was asked for beyond the page. Whether there is more.
template <class T>
bool cut(std::vector<T>& items, std::size_t limit) {
  const bool more = items.size() > limit;
  if (more) {
    items.resize(limit);
  }
  return more && limit > 0;
}

// Only what cannot end the Link or become another parameter.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '.' || c == '-' || c == '_' || c == '/';
    out += plain ? std::string(1, c) : "%" + to_hex(as_bytes(std::string_view(&c, 1)));
  }
  return out;
}

}  // namespace

net::Task<bool> OciLists::exists(const std::string& repository) {
  const auto any = co_await entries_.names(repository, "", {.after = "", .limit = 1});
  co_return !any.empty();
}

net::Task<Answer> OciLists::tags(const net::Request& request, const std::string& repository) {
  const auto page = asked_page(request, kMaxNames);
  if (!page) {
    co_return bad_page();
  }
  const bool known = co_await exists(repository);
  if (!known) {
    co_return oci_name_unknown();
  }
  auto found = co_await entries_.names(repository, std::string(kOciTagPrefix),
                                       {.after = page->after, .limit = page->limit + 1});
  const bool more = cut(found, page->limit);
  std::vector<std::string> tags;
  for (OciName& name : found) {
    tags.push_back(std::move(name.name));
  }
  Answer answer = json_page("application/json", oci_tags_json(repository, tags));
  if (more) {
    link_next(answer, "/v2/" + repository + "/tags/list?n=" + std::to_string(page->limit) + "&",
              tags.back());
  }
  co_return answer;
}

net::Task<Answer> OciLists::catalog(const net::Request& request) {
  const auto page = asked_page(request, kMaxNames);
  if (!page) {
    co_return bad_page();
  }
  auto found = co_await entries_.repositories({.after = page->after, .limit = page->limit + 1});
  const bool more = cut(found, page->limit);
  Answer answer = json_page("application/json", oci_catalog_json(found));
  if (more) {
    link_next(answer, "/v2/_catalog?n=" + std::to_string(page->limit) + "&", found.back());
  }
  co_return answer;
}

net::Task<Answer> OciLists::referrers(const net::Request& request, const std::string& repository,
                                      const std::string& reference) {
  const auto subject = parse_oci_digest(reference);
  if (!subject) {
    co_return oci_digest_invalid(reference);
  }
  const std::string wanted = request.query_parameter("artifactType").value_or("");
  auto found = co_await entries_.names(
      repository, oci_referrer_prefix(*subject),
      {.after = request.query_parameter("last").value_or(""), .limit = kMaxReferrers + 1});
  const bool more = cut(found, kMaxReferrers);
  std::vector<OciReferrer> referrers;
  for (const OciName& name : found) {
    auto referrer = co_await describe(repository, name.blob.digest);
    if (referrer && (wanted.empty() || referrer->artifact_type == wanted)) {
      referrers.push_back(*std::move(referrer));
    }
  }
  Answer answer = json_page(kOciIndexType, oci_referrers_json(referrers));
  std::string next = "/v2/" + repository + "/referrers/" + oci_digest(*subject) + "?";
  if (!wanted.empty()) {
    answer.response.headers.set("OCI-Filters-Applied", "artifactType");
    next += "artifactType=" + escaped(wanted) + "&";
  }
  if (more) {
    link_next(answer, next, found.back().name);
  }
  co_return answer;
}

net::Task<std::optional<OciReferrer>> OciLists::describe(const std::string& repository,
                                                         const Digest& manifest) {
  const auto reader = co_await entries_.open(oci_manifest_key(repository, manifest));
  if (!reader) {
    co_return std::nullopt;
  }
  const auto text = co_await read_oci_manifest(*reader);
  const auto parsed = parse_oci_manifest(text.value_or(""));
  if (!parsed) {
    co_return std::nullopt;
  }
  OciReferrer referrer{.manifest = reader->info().blob,
                       .type = {},
                       .artifact_type = parsed->artifact_type,
                       .annotations = parsed->annotations};
  for (const auto& [field, value] : reader->info().meta.headers) {
    if (field == "content-type") {
      referrer.type = value;
    }
  }
  co_return referrer;
}

}  // namespace fabrik::adapters
