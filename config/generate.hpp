// Configuration files and documentation written from the table of keys.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fabrik::config {

enum class Template {
  minimal,  // the one key most people change
  project,  // every key that has an effect, commented out with its default
  server,   // a regional server's, with every key
};
// "minimal", "project", "server"; nullopt for anything else.
std::optional<Template> parse_template(std::string_view name);

// A fabrik.toml that loads without a problem. Settings that are commented out
// start with a bare `#`, explanations with `# `.
std::string generate(Template kind);

// The same as generate(project), but with these keys (dotted name -> value as in
// an environment variable) set. They are not checked: load() the result.
std::string generate_with(const std::map<std::string, std::string, std::less<>>& values);

// docs/configuration.md, whole.
std::string reference_markdown();

}  // namespace fabrik::config
