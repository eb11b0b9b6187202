#include "cli/buildkit/cache_args.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"

namespace fabrik::cli::buildkit {
namespace {

constexpr std::size_t kMaxName = 100;
constexpr std::size_t kHashDigits = 8;

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Letters and digits, and single ones of `also` between them.
std::string plain(std::string_view text, std::string_view also) {
  std::string out;
  for (const char c : text) {
    const bool joins = !is_alnum(c);
    if (!joins) {
      out += c;
    } else if (!out.empty() && is_alnum(out.back())) {
      out += also.contains(c) ? c : '-';
    }
  }
  out.resize(std::min(out.size(), kMaxName));
  while (!out.empty() && !is_alnum(out.back())) {
    out.pop_back();
  }
  return out;
}

std::string told_apart(std::string name, std::string_view original, std::string_view fallback) {
  if (name == original) {
    return name;
  }
  const std::string hash = sha256(as_bytes(original)).hex().substr(0, kHashDigits);
  return (name.empty() ? std::string(fallback) : name) + "-" + hash;
}

std::string source(const std::string& ref) {
  return "type=registry,ref=" + ref;
}
std::string target(const std::string& ref) {
  return source(ref) + ",mode=max,ignore-error=true";
}

// `to` and `from` go before each value.
std::string words(const CacheRefs& refs, std::string_view to, std::string_view from) {
  std::string line = std::string(to) + target(refs.to);
  for (const std::string& ref : refs.from) {
    line += " " + std::string(from) + source(ref);
  }
  return line + "\n";
}

std::string compose(const CacheRefs& refs) {
  std::string yaml = "cache_to:\n  - " + target(refs.to) + "\ncache_from:\n";
  for (const std::string& ref : refs.from) {
    yaml += "  - " + source(ref) + "\n";
  }
  return yaml;
}

std::string json(const CacheRefs& refs) {
  nlohmann::ordered_json object = {{"registry_ref", refs.to}, {"cache_to", target(refs.to)}};
  object["cache_from"] = nlohmann::ordered_json::array();
  for (const std::string& ref : refs.from) {
    object["cache_from"].push_back(source(ref));
  }
  return object.dump(2) + "\n";
}

}  // namespace

std::string repository_like(std::string_view text) {
  std::string name = plain(text, "._-");
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return told_apart(std::move(name), text, "project");
}

std::string tag_like(std::string_view text) {
  return told_apart(plain(text, "._-"), text, "branch");
}

Result<Format> parse_format(std::string_view name) {
  constexpr std::pair<std::string_view, Format> kFormats[] = {{"buildx", Format::buildx},
                                                              {"buildctl", Format::buildctl},
                                                              {"bake", Format::bake},
                                                              {"compose", Format::compose},
                                                              {"json", Format::json}};
  for (const auto& [known, format] : kFormats) {
    if (name == known) {
      return format;
    }
  }
  return fail(Errc::invalid_argument, "--format " + std::string(name) +
                                          ": expected buildx, buildctl, bake, compose or json");
}

std::string render(const CacheRefs& refs, Format format) {
  switch (format) {
    case Format::buildx:
      return words(refs, "--cache-to ", "--cache-from ");
    case Format::buildctl:
      return words(refs, "--export-cache ", "--import-cache ");
    case Format::bake:
      return words(refs, "--set *.cache-to=", "--set *.cache-from=");
    case Format::compose:
      return compose(refs);
    case Format::json:
      break;
  }
  return json(refs);
}

}  // namespace fabrik::cli::buildkit
