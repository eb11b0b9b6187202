// Finding keys by name: exactly, by pattern, by environment variable, nearly.
#include <algorithm>
#include <set>

#include "base/nearest.hpp"
#include "config/keys.hpp"

namespace fabrik::config {
namespace {

constexpr std::string_view kEnvPrefix = "FABRIK_CONFIG_";

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 4 && (text[0] != '0' || text.size() == 1) &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Whether `instance` may stand for the * of a pattern that starts with `prefix`.
bool is_instance(std::string_view prefix, std::string_view instance) {
  if (prefix == "upstream.") {
    return is_number(instance);
  }
  return std::ranges::find(tools(), instance, &Tool::name) != tools().end();
}

struct Pattern {
  std::string_view before;  // "upstream."
  std::string_view after;   // ".url"
};

Pattern split(const Key& key) {
  const auto star = key.name.find('*');
  return {key.name.substr(0, star), key.name.substr(star + 1)};
}

// The upper-case form that environment variables use.
std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '.' || c == '-') {
      c = '_';
    } else if (c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    }
  }
  return out;
}

std::optional<std::string> instance_from_env(std::string_view prefix, std::string_view text) {
  if (prefix == "upstream.") {
    return is_number(text) ? std::optional(std::string(text)) : std::nullopt;
  }
  for (const Tool& tool : tools()) {
    if (upper(tool.name) == text) {
      return std::string(tool.name);
    }
  }
  return std::nullopt;
}

// The key's concrete name when the rest of a variable's name fits it.
std::optional<std::string> fit_nested(const Key& key, std::string_view rest) {
  if (!key.is_pattern()) {
    return upper(key.name) == rest ? std::optional(std::string(key.name)) : std::nullopt;
  }
  const Pattern pattern = split(key);
  const std::string before = upper(pattern.before);
  const std::string after = upper(pattern.after);
  if (rest.size() <= before.size() + after.size() || !rest.starts_with(before) ||
      !rest.ends_with(after)) {
    return std::nullopt;
  }
  const auto middle = rest.substr(before.size(), rest.size() - before.size() - after.size());
  const auto instance = instance_from_env(pattern.before, middle);
  if (!instance) {
    return std::nullopt;
  }
  return std::string(pattern.before) + *instance + std::string(pattern.after);
}

// Every name of the table; patterns stand for the instance that `like` has.
std::set<std::string> names_like(std::string_view like) {
  std::set<std::string> names;
  for (const Key& key : keys()) {
    std::string name(key.name);
    if (key.is_pattern()) {
      const Pattern pattern = split(key);
      std::string_view instance = pattern.before == "upstream." ? "0" : "gradle";
      if (like.starts_with(pattern.before)) {
        const auto rest = like.substr(pattern.before.size());
        const auto given = rest.substr(0, rest.find('.'));
        instance = is_instance(pattern.before, given) ? given : instance;
      }
      name = std::string(pattern.before) + std::string(instance) + std::string(pattern.after);
    }
    names.insert(name);
    for (auto dot = name.rfind('.'); dot != std::string::npos && dot > 0;
         dot = name.rfind('.', dot - 1)) {
      names.insert(name.substr(0, dot));  // its sections
    }
  }
  return names;
}

}  // namespace

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) {
      return out;
    }
    text.remove_prefix(start);
    const auto end = std::min(text.find(' '), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string canonical_name(std::string_view name) {
  constexpr std::string_view kAlias = "build_systems";
  if (name == kAlias || (name.starts_with(kAlias) && name[kAlias.size()] == '.')) {
    return "build_tools" + std::string(name.substr(kAlias.size()));
  }
  return name == "observability.metrics_bind" ? "observability.api_bind" : std::string(name);
}

std::string_view instance_of(const Key& key, std::string_view name) {
  if (!key.is_pattern()) {
    return {};
  }
  const Pattern pattern = split(key);
  if (name.size() <= pattern.before.size() + pattern.after.size() ||
      !name.starts_with(pattern.before) || !name.ends_with(pattern.after)) {
    return {};
  }
  const auto middle = name.substr(pattern.before.size(),
                                  name.size() - pattern.before.size() - pattern.after.size());
  return is_instance(pattern.before, middle) ? middle : std::string_view();
}

const Key* find_key(std::string_view name) {
  for (const Key& key : keys()) {
    if (key.is_pattern() ? !instance_of(key, name).empty() : key.name == name) {
      return &key;
    }
  }
  return nullptr;
}

bool is_section(std::string_view name) {
  const auto below = [&](const Key& key) {
    if (key.name.starts_with(name) && key.name.size() > name.size() &&
        key.name[name.size()] == '.') {
      return true;
    }
    const Pattern pattern = split(key);
    return key.is_pattern() && name.starts_with(pattern.before) &&
           is_instance(pattern.before, name.substr(pattern.before.size()));
  };
  return !name.empty() && name.find('*') == std::string_view::npos &&
         std::ranges::any_of(keys(), below);
}

std::optional<std::string> nearest_name(std::string_view name) {
  const auto names = names_like(name);
  std::vector<std::string_view> candidates;
  for (const std::string& candidate : names) {
    // A key is not mistaken for a section far above it, nor the other way round.
    if (std::ranges::count(candidate, '.') == std::ranges::count(name, '.')) {
      candidates.push_back(candidate);
    }
  }
  if (const auto best = nearest(name, candidates)) {
    return std::string(*best);
  }
  // The right key in the wrong section, or in none.
  const auto last = name.substr(name.rfind('.') + 1);
  for (const std::string& candidate : names) {
    if (candidate.ends_with("." + std::string(last))) {
      return candidate;
    }
  }
  return std::nullopt;
}

std::string env_name(std::string_view name) {
  std::string text(name);
  if (const auto star = text.find('*'); star != std::string::npos) {
    text.replace(star, 1, text.starts_with("upstream.") ? "<N>" : "<TOOL>");
  }
  return std::string(kEnvPrefix) + upper(text);
}

std::optional<std::string> key_of_variable(std::string_view variable, bool older) {
  if (older) {
    for (const Key& key : keys()) {
      if (key.older_env.find(variable) == key.older_env.npos) {
        continue;
      }
      const auto names = words(key.older_env);
      if (std::ranges::find(names, variable) != names.end()) {
        std::string name(key.name);
        if (const auto star = name.find('*'); star != std::string::npos) {
          name.replace(star, 1, "0");
        }
        return name;
      }
    }
    return std::nullopt;
  }
  if (!variable.starts_with(kEnvPrefix)) {
    return std::nullopt;
  }
  std::string rest(variable.substr(kEnvPrefix.size()));
  if (rest.starts_with("BUILD_SYSTEMS_")) {
    rest.replace(0, std::string_view("BUILD_SYSTEMS").size(), "BUILD_TOOLS");
  }
  for (const Key& key : keys()) {
    if (auto name = fit_nested(key, rest)) {
      return name;
    }
  }
  return std::nullopt;
}

}  // namespace fabrik::config
