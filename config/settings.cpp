#include "config/settings.hpp"

#include <algorithm>

#include "config/file_settings.hpp"
#include "config/problems.hpp"

namespace fabrik::config {
namespace {

// Names that only look like settings: where the file is, what activation exports.
constexpr std::string_view kOtherVariables[] = {"FABRIK_CONFIG_PATH", "FABRIK_CONFIG_HASH"};

struct TextSource {
  const Env& env;
  Resolved& out;
  Problems& problems;

  // `where` starts a message: "environment: FABRIK_CONFIG_CACHE_DIR".
  void set(const std::string& name, std::string_view text, std::string_view where,
           std::string_view origin) {
    const Key* key = find_key(name);
    auto value = from_text(*key, text);
    if (!value) {
      problems.elsewhere(std::string(where) + ": " +
                         bad_value(*key, name, quote(text), value.error().message));
      return;
    }
    expand_home(*key, env, *value);
    out.settings.insert_or_assign(
        name, Setting{key, std::move(*value), to_literal(*key, text), std::string(origin)});
  }
};

std::string env_where(std::string_view variable) {
  return "environment variable " + std::string(variable);
}

bool is_other(std::string_view variable) {
  return std::ranges::find(kOtherVariables, variable) != std::end(kOtherVariables);
}

void add_unknown_variable(const std::string& variable, Resolved& out) {
  std::string name = variable.substr(std::string_view("FABRIK_CONFIG_").size());
  std::ranges::transform(name, name.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  if (const auto underscore = name.find('_'); underscore != name.npos) {
    name[underscore] = '.';  // build_tools is the only section this gets wrong
  }
  const auto best = nearest_name(name);
  out.warnings.push_back(env_where(variable) + " sets no known key" +
                         (best ? " (did you mean " + env_name(*best) + "?)" : ""));
}

// FABRIK_CONFIG_UPSTREAM may name several at once.
void add_older_upstreams(std::string_view text, const std::string& variable, TextSource& target) {
  for (std::size_t index = 0; !text.empty(); ++index) {
    const auto comma = std::min(text.find(','), text.size());
    target.set("upstream." + std::to_string(index) + ".url", text.substr(0, comma),
               env_where(variable), variable);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

// The older spellings first, so that the nested scheme wins over them.
void add_environment(const Env& env, TextSource& target) {
  for (const bool older : {true, false}) {
    const auto& all = env.all();
    for (auto item = all.lower_bound("FABRIK_");
         item != all.end() && item->first.starts_with("FABRIK_"); ++item) {
      const auto& [variable, text] = *item;
      if (text.empty() || is_other(variable)) {
        continue;
      }
      const auto name = key_of_variable(variable, older);
      if (name && older && *name == "upstream.0.url") {
        add_older_upstreams(text, variable, target);
      } else if (name) {
        target.set(*name, text, env_where(variable), variable);
      } else if (!older && variable.starts_with("FABRIK_CONFIG_") &&
                 !key_of_variable(variable, true)) {
        add_unknown_variable(variable, target.out);
      }
    }
  }
}

void add_flags(const Flags& flags, TextSource& target) {
  for (const auto& [name, text] : flags) {
    if (find_key(name) == nullptr) {
      const auto best = nearest_name(name);
      target.problems.elsewhere("command line: unknown key " + quote(name) +
                                (best ? " (did you mean " + quote(*best) + "?)" : ""));
    } else {
      target.set(name, text, "command line", "flag");
    }
  }
}

void warn_about_tools(const Setting& setting, Resolved& out) {
  for (const std::string& name : std::get<std::vector<std::string>>(setting.value)) {
    const auto tool = std::ranges::find(tools(), name, &Tool::name);
    if (tool != tools().end() && !tool->available) {
      out.warnings.push_back(setting.origin + ": build tool " + name +
                             " is accepted, without effect in this version");
    }
  }
}

void add_warnings(Resolved& out) {
  for (const auto& [name, setting] : out.settings) {
    if (!setting.key->has_effect()) {
      out.warnings.push_back(setting.origin + ": " + name +
                             " is accepted, without effect in this version");
    } else if (setting.key->type == Type::list) {
      warn_about_tools(setting, out);
    }
  }
}

// A url may come from elsewhere than the file; without one the rest is lost.
void check_upstreams(const Resolved& resolved, Problems& problems) {
  for (const auto& [name, setting] : resolved.settings) {
    const auto instance = instance_of(*setting.key, name);
    if (!name.starts_with("upstream.") || setting.origin.find(':') != std::string::npos) {
      continue;  // the file's own are checked where they have a position
    }
    const std::string url = "upstream." + std::string(instance) + ".url";
    const auto& ignored = resolved.ignored_keys;
    if (!resolved.settings.contains(url) && std::ranges::find(ignored, url) == ignored.end()) {
      problems.elsewhere(setting.origin + " sets " + name + ", but there is no " + url);
    }
  }
}

}  // namespace

Result<Resolved> resolve(const Source* source, const Env& env, const Flags& flags, Trust trust) {
  Resolved out;
  Problems problems(source != nullptr ? source->path.string() : "");
  if (source != nullptr) {
    FABRIK_CHECK(
        add_file(*source, env, source->is_user_config ? Trust::trusted : trust, out, problems));
  }
  TextSource text{env, out, problems};
  add_environment(env, text);
  add_flags(flags, text);
  check_upstreams(out, problems);
  if (!problems.empty()) {
    return fail(std::move(problems).to_error());
  }
  add_warnings(out);
  return out;
}

Settings with_defaults(const Settings& settings) {
  Settings all = settings;
  for (const Key& key : keys()) {
    if (key.is_pattern() || all.contains(key.name)) {
      continue;
    }
    Setting setting{&key, {}, "", "default"};
    if (!key.default_text.empty()) {
      setting.value = from_text(key, key.default_text).value();
      setting.text = to_literal(key, key.default_text);
    }
    all.emplace(key.name, std::move(setting));
  }
  return all;
}

}  // namespace fabrik::config
