#include "config/generate.hpp"

#include <algorithm>

#include "config/keys.hpp"

namespace fabrik::config {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t kWidth = 90;

// The section of a name: "cache" of cache.dir, "build_tools.gradle" of its port.
std::string_view section_of(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

// A key's concrete name in a template.
std::string concrete(const Key& key) {
  std::string name(key.name);
  if (const auto star = name.find('*'); star != std::string::npos) {
    name.replace(star, 1, name.starts_with("upstream") ? "0" : "gradle");
  }
  return name;
}

// What a key without a default might be set to.
std::string sample(const Key& key) {
  const std::string name(key.name.substr(key.name.rfind('.') + 1));
  switch (key.type) {
    case Type::path:
      return name == "dir"      ? ".fabrik/cache"
             : name == "socket" ? ".fabrik/socket"
                                : "/etc/fabrik/" + name.substr(0, name.find("_file")) + ".pem";
    case Type::url:
      return std::string(words(key.choices).back()) + "://cache.example.com";
    case Type::list:
      return key.choices.empty() ? "change-this-" + name : std::string(words(key.choices).front());
    case Type::parts:
      return std::string(words(key.choices).front());
    case Type::quotas:
      return std::string(words(key.choices).front()) + "=2GB";
    default:
      return name == "region" ? "us-east-1" : "change-this-" + name;
  }
}

void add_comment(std::string& out, std::string_view help) {
  std::string line = "#";
  for (std::string_view word : words(help)) {
    std::string plain(word);
    std::erase(plain, '`');
    if (line.size() + 1 + plain.size() > kWidth) {
      out += line + "\n";
      line = "#";
    }
    line += " " + plain;
  }
  out += line + "\n";
}

void add_key(std::string& out, const Key& key, const Values& values) {
  const std::string name = concrete(key);
  add_comment(out, std::string(key.help) + " (" + describe(key) + ")" +
                       (key.has_effect() ? "." : ". Without effect in this version."));
  const auto set = values.find(name);
  const std::string text = set != values.end()        ? set->second
                           : key.default_text.empty() ? sample(key)
                                                      : std::string(key.default_text);
  out += (set == values.end() ? "#" : "") + name.substr(name.rfind('.') + 1) + " = " +
         to_literal(key, text) + "\n";
}

std::string header(std::string_view section) {
  return section == "upstream.0" ? "[[upstream]]" : "[" + std::string(section) + "]";
}

std::string render(const Values& values, bool with_all) {
  std::string out;
  std::string section;
  for (const Key& key : keys()) {
    const std::string name = concrete(key);
    if (!with_all && !key.has_effect() && !values.contains(name)) {
      continue;
    }
    if (section_of(name) != section) {
      section = section_of(name);
      const bool used = std::ranges::any_of(
          values, [&](const auto& value) { return section_of(value.first) == section; });
      // A section with a tool's or an upstream's name does something by itself.
      const bool commented = key.is_pattern() && !used;
      out += "\n" + std::string(commented ? "#" : "") + header(section) + "\n";
    }
    add_key(out, key, values);
  }
  return out;
}

Values server_values() {
  return {
      {"auth.public_key_file", "/etc/fabrik/jwt-public-key.pem"},
      {"auth.required", "true"},
      {"build_tools.enabled", ""},
      {"cache.dir", "/var/lib/fabrik/cache"},
      {"cache.max_size", "500GB"},
      {"fabrik.bind", "0.0.0.0:7070"},
      {"fabrik.enabled", "true"},
      {"observability.api_bind", "0.0.0.0:9091"},
      {"observability.health_bind", "0.0.0.0:8888"},
      {"tls.cert_file", "/etc/fabrik/cert.pem"},
      {"tls.key_file", "/etc/fabrik/key.pem"},
      {"upstream.0.permanent", "true"},
      {"upstream.0.region", "us-east-1"},
      {"upstream.0.url", "s3://build-cache/team/"},
  };
}

constexpr std::string_view kProjectHead =
    "# fabrik: the build cache of this project. Every key: docs/configuration.md, or\n"
    "# `fabrik config show`. Check this file with `fabrik config validate`.\n";

}  // namespace

std::optional<Template> parse_template(std::string_view name) {
  if (name == "minimal") {
    return Template::minimal;
  }
  if (name == "project") {
    return Template::project;
  }
  return name == "server" ? std::optional(Template::server) : std::nullopt;
}

std::string generate(Template kind) {
  switch (kind) {
    case Template::minimal:
      return "# fabrik: the build cache of this project.\n[cache]\nmax_size = \"5GB\"\n";
    case Template::project:
      return generate_with({});
    case Template::server:
      break;
  }
  return "# fabrik: a regional server. Every key: docs/configuration.md.\n" +
         render(server_values(), true);
}

std::string generate_with(const Values& values) {
  return std::string(kProjectHead) + render(values, false);
}

}  // namespace fabrik::config
