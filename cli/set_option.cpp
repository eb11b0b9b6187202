#include "cli/set_option.hpp"

#include <algorithm>
#include <ostream>

#include "activate/control_client.hpp"
#include "cli/project.hpp"
#include "config/keys.hpp"
#include "config/value.hpp"

namespace fabrik::cli {
namespace {

constexpr std::chrono::milliseconds kGlance{500};

Result<void> add(std::string_view text, config::Flags& flags) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return fail(Errc::invalid_argument,
                "--set " + std::string(text) + ": write KEY=VALUE, like cache.max_size=20GB");
  }
  const std::string name = config::canonical_name(text.substr(0, equals));
  const config::Key* key = config::find_key(name);
  if (key == nullptr) {
    const auto best = config::nearest_name(name);
    return fail(Errc::invalid_argument, "--set: there is no key \"" + name + "\"" +
                                            (best ? " (did you mean \"" + *best + "\"?)" : "") +
                                            "; `fabrik config show` lists them");
  }
  const std::string_view value = text.substr(equals + 1);
  if (const auto checked = config::from_text(*key, value); !checked) {
    return fail(Errc::invalid_argument, "--set " + name + ": the value " + checked.error().message);
  }
  flags[name] = value;
  return {};
}

}  // namespace

Result<config::Flags> settings_of(const Invocation& invocation) {
  config::Flags flags;
  const std::string all = invocation.value(kSetOption.name);
  for (std::string_view rest = all; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!line.empty()) {
      FABRIK_CHECK(add(line, flags));
    }
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return flags;
}

Result<Env> env_with_settings(const Invocation& invocation) {
  FABRIK_TRY(const config::Flags flags, settings_of(invocation));
  Env::Map variables = invocation.env.all();
  for (const auto& [name, value] : flags) {
    variables.insert_or_assign(config::env_name(name), value);
  }
  return Env(std::move(variables));
}

void warn_about_running_daemon(const Invocation& invocation, std::string_view command) {
  if (!invocation.has(kSetOption.name)) {
    return;
  }
  const auto source = find_source(invocation);
  const auto paths = statefs::paths_from(invocation.env);
  if (!source || !*source || !paths) {
    return;
  }
  const auto daemon = activate::query_status(*paths, (*source)->project_id(), kGlance);
  if (daemon && *daemon) {
    invocation.err << "fabrik " << command
                   << ": the daemon runs already and keeps its settings; `fabrik restart --set "
                      "KEY=VALUE` changes them\n";
  }
}

}  // namespace fabrik::cli
