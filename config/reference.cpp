#include "config/generate.hpp"
#include "config/keys.hpp"
#include "config/reference_text.hpp"

namespace fabrik::config {
namespace {

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string_view section_of(const Key& key) {
  return key.name.substr(0, key.name.rfind('.'));
}

std::string title(std::string_view section) {
  if (section == "upstream.*") {
    return "[[upstream]]";
  }
  return section == "build_tools.*" ? "[build_tools.TOOL]" : "[" + std::string(section) + "]";
}

std::string_view remark(std::string_view section) {
  if (section == "upstream.*") {
    return "One section for each, asked in this order.\n\n";
  }
  return section == "build_tools" ? "May be written `[build_systems]` too.\n\n" : "";
}

std::string trust_note(const Key& key) {
  switch (key.privilege) {
    case Privilege::none:
      return "";
    case Privilege::always:
      return " Privileged.";
    case Privilege::outside:
      return " Privileged outside the project and your cache home.";
    case Privilege::non_loopback:
      return " Privileged unless it is a loopback address.";
  }
  return "";
}

std::string older_note(const Key& key) {
  std::string names;
  for (const std::string_view name : words(key.older_env)) {
    names += (names.empty() ? " Also " : ", ") + code(name);
  }
  return names.empty() ? "" : names + ".";
}

std::string row(const Key& key) {
  const std::string name(key.name.substr(key.name.rfind('.') + 1));
  return "| " + code(name) + "<br>" + code(env_name(key.name)) + " | " + describe(key) + " | " +
         (key.default_text.empty() ? "" : code(to_literal(key, key.default_text))) + " | " +
         std::string(key.help) + "." + older_note(key) + trust_note(key) +
         (key.has_effect() ? "" : " *No effect in this version.*") + " |\n";
}

}  // namespace

std::string reference_markdown() {
  std::string out(kReferenceIntroduction);
  out += "\n## Keys\n";
  std::string_view section;
  for (const Key& key : keys()) {
    if (section_of(key) != section) {
      section = section_of(key);
      out += "\n### " + title(section) + "\n\n" + std::string(remark(section)) +
             "| key, variable | type | default | meaning |\n|---|---|---|---|\n";
    }
    out += row(key);
  }
  return out;
}

}  // namespace fabrik::config
