#include "cli/config_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace fabrik::cli {
namespace {

using nlohmann::json;

constexpr const char* kHidden = "********";

// Paths and values may hold any bytes; JSON may not.
std::string dump(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace);
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool is_shown(const std::string& name, const ShowOptions& options) {
  return options.only.empty() || std::ranges::any_of(options.only, [&](const std::string& only) {
           return name == only || name.starts_with(only + ".");
         });
}

json value_json(const config::Setting& setting) {
  if (setting.text.empty()) {
    return nullptr;
  }
  if (setting.key->secret) {
    return kHidden;
  }
  switch (setting.key->type) {
    case config::Type::boolean:
      return std::get<bool>(setting.value);
    case config::Type::integer:
      return std::get<std::int64_t>(setting.value);
    case config::Type::list:
    case config::Type::parts:
    case config::Type::quotas:
      return std::get<std::vector<std::string>>(setting.value);
    case config::Type::size:
    case config::Type::duration: {
      std::string text = setting.text;  // "5GB", as it was written
      std::erase(text, '"');
      return text;
    }
    default:
      return std::get<std::string>(setting.value);
  }
}

}  // namespace

std::string check_text(const ConfigCheck& check) {
  std::string out = check.source.path.string() + ": OK\n";
  for (const std::string& warning : check.result->warnings) {
    out += "warning: " + warning + "\n";
  }
  for (const std::string& key : check.result->ignored_keys) {
    out += "note: " + key + " is ignored until `fabrik trust`\n";
  }
  return out;
}

std::string check_json(const ConfigCheck& check) {
  const bool ok = check.result.has_value();
  json out = {{"file", check.source.path.string()},
              {"ok", ok},
              {"problems", json::array()},
              {"warnings", json::array()},
              {"needs_trust", json::array()}};
  if (ok) {
    out["warnings"] = check.result->warnings;
    out["needs_trust"] = check.result->ignored_keys;
  } else {
    out["problems"] = lines(check.result.error().message);
  }
  return dump(out);
}

Result<config::Settings> shown_settings(const config::Resolved& resolved,
                                        const ShowOptions& options) {
  for (const std::string& name : options.only) {
    if (config::find_key(name) == nullptr && !config::is_section(name)) {
      const auto best = config::nearest_name(name);
      return fail(Errc::invalid_argument, "there is no key or section \"" + name + "\"" +
                                              (best ? " (did you mean \"" + *best + "\"?)" : ""));
    }
  }
  config::Settings all = config::with_defaults(resolved.settings);
  auto& dir = all.at("cache.dir");
  if (dir.text.empty() && !options.default_cache_dir.empty()) {
    dir.value = options.default_cache_dir.string();
    dir.text = config::quote(options.default_cache_dir.string());
  }
  std::erase_if(all, [&](const auto& item) { return !is_shown(item.first, options); });
  return all;
}

std::string settings_text(const config::Settings& settings, const ShowOptions& options) {
  std::string out;
  for (const auto& [name, setting] : settings) {
    if (setting.text.empty()) {
      out += "# " + name + " is not set";
    } else {
      out += name + " = " + (setting.key->secret ? config::quote(kHidden) : setting.text);
      out += options.origin ? "  # " + setting.origin : "";
    }
    out += "\n";
  }
  return out;
}

std::string settings_json(const config::Settings& settings, const ShowOptions& options) {
  json out = json::object();
  for (const auto& [name, setting] : settings) {
    json entry = {{"value", value_json(setting)}};
    if (options.origin) {
      entry["origin"] = setting.origin;
    }
    out[name] = std::move(entry);
  }
  return dump(out);
}

}  // namespace fabrik::cli
