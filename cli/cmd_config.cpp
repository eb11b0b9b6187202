#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/checked_config.hpp"
#include "cli/commands.hpp"
#include "cli/config_report.hpp"
#include "cli/project.hpp"
#include "cli/set_option.hpp"
#include "config/generate.hpp"
#include "config/load.hpp"
#include "statefs/paths.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    kSetOption,
    kConfigOption,
    kJsonOption,
    {.name = "origin",
     .help = "show: print where each value comes from",
     .env = "FABRIK_SHOW_ORIGIN"},
    {.name = "template",
     .value = "NAME",
     .help = "generate: project (the default), server or minimal",
     .env = "FABRIK_GENERATE_TEMPLATE"},
};

Result<int> usage(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

Result<int> validate(const Invocation& invocation) {
  if (invocation.arguments.size() > 2) {
    return usage("validate takes one file");
  }
  ConfigCheck check;
  if (invocation.arguments.size() == 2) {
    FABRIK_TRY(auto named, config::select_source(invocation.arguments[1], ".", invocation.env));
    check.source = *std::move(named);
  } else {
    FABRIK_TRY(check.source, require_source(invocation));
  }
  FABRIK_TRY(const config::Flags flags, settings_of(invocation));
  check.result =
      config::load(&check.source, invocation.env, flags, trust_in(check.source, invocation.env));
  if (invocation.has("json")) {
    invocation.out << check_json(check) << "\n";
  } else if (check.result) {
    invocation.out << check_text(check);
  } else {
    invocation.err << check.result.error().message << "\n";
  }
  return check.result ? kExitOk : kExitConfig;
}

// "cache.dir" limits what is shown, "cache.dir=/x" sets it as a flag would.
void read_arguments(const Invocation& invocation, config::Flags& flags, ShowOptions& options) {
  for (std::size_t i = 1; i < invocation.arguments.size(); ++i) {
    const std::string& argument = invocation.arguments[i];
    const auto equals = argument.find('=');
    if (equals == argument.npos) {
      options.only.push_back(config::canonical_name(argument));
    } else {
      flags[config::canonical_name(argument.substr(0, equals))] = argument.substr(equals + 1);
    }
  }
}

Result<int> show(const Invocation& invocation) {
  FABRIK_TRY(config::Flags flags, settings_of(invocation));
  ShowOptions options{.origin = invocation.has("origin")};
  read_arguments(invocation, flags, options);
  FABRIK_TRY(const auto source, find_source(invocation));
  auto resolved =
      config::resolve(source ? &*source : nullptr, invocation.env, flags,
                      source ? trust_in(*source, invocation.env) : config::Trust::restricted);
  if (!resolved) {
    invocation.err << resolved.error().message << "\n";
    return kExitConfig;
  }
  const auto paths = statefs::paths_from(invocation.env);
  if (source && paths) {
    options.default_cache_dir = paths->default_cache_dir(source->project_id());
  }
  FABRIK_TRY(const config::Settings settings, shown_settings(*resolved, options));
  if (invocation.has("json")) {
    invocation.out << settings_json(settings, options) << "\n";
    return kExitOk;
  }
  invocation.out << settings_text(settings, options);
  for (const std::string& key : resolved->ignored_keys) {
    invocation.err << "fabrik: " << key << " of " << source->path.string()
                   << " is ignored until `fabrik trust`\n";
  }
  return kExitOk;
}

Result<int> generate(const Invocation& invocation) {
  const std::string name = invocation.value("template", "project");
  if (name == "docs") {  // for the maintainers of docs/configuration.md
    invocation.out << config::reference_markdown();
    return kExitOk;
  }
  const auto kind = config::parse_template(name);
  if (!kind) {
    return usage("there is no template \"" + name + "\"; choose project, server or minimal");
  }
  invocation.out << config::generate(*kind);
  return kExitOk;
}

Result<int> run_config(const Invocation& invocation) {
  const std::string what = invocation.arguments.empty() ? "" : invocation.arguments.front();
  if (what == "validate") {
    return validate(invocation);
  }
  if (what == "show") {
    return show(invocation);
  }
  if (what == "generate") {
    return generate(invocation);
  }
  return usage((what.empty() ? "nothing to do" : "unknown action \"" + what + "\"") +
               std::string("; write `fabrik config validate`, `show` or `generate`"));
}

}  // namespace

const Command kConfigCommand = {
    .name = "config",
    .arguments = "validate [FILE] | show [KEY[=VALUE]...] | generate",
    .summary = "Check, print or write a configuration",
    .details =
        "validate checks a file and lists everything that is wrong with it, each line with file,\n"
        "line and column. It ends with status 78 when there is anything.\n"
        "\n"
        "show prints every key with the value that is in force: from a flag, the environment, the\n"
        "file, or the default. KEY prints only that key or section; KEY=VALUE shows what\n"
        "--set KEY=VALUE would do. Secrets are not printed.\n"
        "\n"
        "generate prints a commented fabrik.toml.\n"
        "\n"
        "    fabrik config validate\n"
        "    fabrik config show --origin cache\n"
        "    fabrik config generate --template minimal > fabrik.toml\n",
    .options = kOptions,
    .run = run_config,
};

}  // namespace fabrik::cli
