#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "base/clock.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
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
constexpr Option kUntrustOptions[] = {kConfigOption};

Result<int> list_trusted(const Invocation& invocation, const statefs::TrustStore& store) {
  const auto records = store.list();
  if (!invocation.has("json")) {
    for (const auto& record : records) {
      invocation.out << display_path(record.config_path, invocation.env) << "\n";
    }
    return kExitOk;
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& record : records) {
    list.push_back({{"config_path", record.config_path.native()},
                    {"trusted_unix_ms", record.trusted_unix_ms}});
  }
  const nlohmann::ordered_json report = {{"trusted", list}};
  invocation.out << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
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

Result<int> run_trust(const Invocation& invocation) {
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  const statefs::TrustStore store(paths);
  if (invocation.has("list")) {
    return list_trusted(invocation, store);
  }
  FABRIK_TRY(const auto source, require_source(invocation));
  const std::string shown = display_path(source.path, invocation.env);
  if (source.is_user_config) {
    invocation.out << shown << " is your own configuration and needs no trust.\n";
    return kExitOk;
  }
  // Loaded as trusted first: nobody should vouch for a file that does not work.
  FABRIK_CHECK(config::load(&source, invocation.env, {}, config::Trust::trusted));
  FABRIK_TRY(const auto restricted,
             config::load(&source, invocation.env, {}, config::Trust::restricted));
  FABRIK_CHECK(store.trust(source.path, source.content, to_unix_ms(SystemClock().now())));
  if (restricted.ignored_keys.empty()) {
    invocation.out << shown << " uses no privileged keys; it is trusted as it is now.\n";
  } else {
    invocation.out << "Trusted " << shown << " as it is now. These keys count from now on:\n";
    for (const std::string& key : restricted.ignored_keys) {
      invocation.out << "  " << key << "\n";
    }
  }
  apply_now(invocation, paths, source);
  return kExitOk;
}

Result<int> run_untrust(const Invocation& invocation) {
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  FABRIK_TRY(const auto source, require_source(invocation));
  FABRIK_TRY(const bool found, statefs::TrustStore(paths).untrust(source.path));
  const std::string shown = display_path(source.path, invocation.env);
  if (!found) {
    invocation.out << shown << " was not trusted.\n";
    return kExitOk;
  }
  invocation.out << shown << " is no longer trusted; its privileged keys are ignored.\n";
  apply_now(invocation, paths, source);
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
