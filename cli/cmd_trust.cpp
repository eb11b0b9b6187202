#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "base/clock.hpp"
#include "cli/checked_config.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/status_json.hpp"
#include "config/load.hpp"
#include "statefs/trust_store.hpp"

namespace fabrik::cli {
namespace {

constexpr std::chrono::seconds kPatience{30};

constexpr Option kTrustOptions[] = {
    {.name = "list", .letter = 'l', .help = "Show what is trusted"},
    kJsonOption,
    kConfigOption,
};
constexpr Option kUntrustOptions[] = {kJsonOption, kConfigOption};

Result<int> list_trusted(const Invocation& invocation, const statefs::TrustStore& store) {
  const auto records = store.list();
  if (!invocation.has("json")) {
    for (const auto& record : records) {
      invocation.out << display_path(record.config_path, invocation.env) << "\n";
    }
    return kExitOk;
  }
  auto list = nlohmann::ordered_json::array();
  for (const auto& record : records) {
    list.push_back({{"config_path", record.config_path.native()},
                    {"trusted_unix_ms", record.trusted_unix_ms}});
  }
  invocation.out << dump_json({{"trusted", list}});
  return kExitOk;
}

// A running daemon decides anew when its worker starts.
void apply_now(const Invocation& invocation, const statefs::Paths& paths,
               const config::Source& source) {
  const auto restarted = activate::restart_daemon(paths, source.project_id(), kPatience);
  if (!restarted && restarted.error().code != Errc::unavailable) {
    invocation.err << "fabrik: the running daemon could not apply it: " << restarted.error().message
                   << "\n";
  }
}

void print_trusted(const Invocation& invocation, const config::Source& source,
                   const std::vector<std::string>& keys, std::string_view sentence) {
  if (invocation.has("json")) {
    invocation.out << dump_json(
        {{"config_path", source.path.string()}, {"trusted", true}, {"keys", keys}});
    return;
  }
  invocation.out << display_path(source.path, invocation.env) << sentence << "\n";
  for (const std::string& key : keys) {
    invocation.out << "  " << key << "\n";
  }
}

Result<int> run_trust(const Invocation& invocation) {
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  const statefs::TrustStore store(paths);
  if (invocation.has("list")) {
    return list_trusted(invocation, store);
  }
  FABRIK_TRY(const auto source, require_source(invocation));
  if (source.is_user_config) {
    print_trusted(invocation, source, {}, " is your own configuration and needs no trust.");
    return kExitOk;
  }
  // Loaded as trusted first: nobody should vouch for a file that does not work.
  if (const auto refused =
          refuse_wrong_config(invocation, source, invocation.env, config::Trust::trusted)) {
    return *refused;
  }
  FABRIK_TRY(const auto restricted,
             config::load(&source, invocation.env, {}, config::Trust::restricted));
  FABRIK_CHECK(store.trust(source.path, source.content, to_unix_ms(SystemClock().now())));
  print_trusted(invocation, source, restricted.ignored_keys,
                restricted.ignored_keys.empty()
                    ? " uses no privileged keys; it is trusted as it is now."
                    : " is trusted as it is now. These keys count from now on:");
  apply_now(invocation, paths, source);
  return kExitOk;
}

Result<int> run_untrust(const Invocation& invocation) {
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  FABRIK_TRY(const auto source, require_source(invocation));
  FABRIK_TRY(const bool found, statefs::TrustStore(paths).untrust(source.path));
  if (invocation.has("json")) {
    invocation.out << dump_json(
        {{"config_path", source.path.string()}, {"trusted", false}, {"was_trusted", found}});
  } else {
    invocation.out << display_path(source.path, invocation.env)
                   << (found ? " is no longer trusted; its privileged keys are ignored.\n"
                             : " was not trusted.\n");
  }
  if (found) {
    apply_now(invocation, paths, source);
  }
  return kExitOk;
}

}  // namespace

const Command kTrustCommand = {
    .name = "trust",
    .arguments = "",
    .summary = "Let this project's fabrik.toml use privileged keys",
    .details =
        "Keys that reach beyond the project (upstreams, credentials, binds other than\n"
        "loopback, cache directories elsewhere) are ignored until you trust the file.\n"
        "The decision is about this path with this content: an edited file has to be\n"
        "trusted again.\n"
        "\n"
        "Examples:\n"
        "  fabrik trust\n"
        "  fabrik trust --list\n",
    .options = kTrustOptions,
    .run = run_trust,
};

const Command kUntrustCommand = {
    .name = "untrust",
    .arguments = "",
    .summary = "Take `fabrik trust` back",
    .details = "Forgets every decision about this fabrik.toml, whatever its content was.\n",
    .options = kUntrustOptions,
    .run = run_untrust,
};

}  // namespace fabrik::cli
