#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "activate/status_json.hpp"
#include "base/clock.hpp"
#include "base/units.hpp"
#include "cli/audit_options.hpp"
#include "cli/commands.hpp"
#include "cli/log_view.hpp"
#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "writer",
     .value = "WRITER",
     .help = "Whose writes: \"uid 1000\", as fabrik audit says"},
    kSinceOption,
    {.name = "yes",
     .letter = 'y',
     .help = "Remove; without it the command only says what it would"},
    kJsonOption,
    kConfigOption,
};
constexpr std::chrono::milliseconds kTimeout = std::chrono::minutes(2);

Result<nlohmann::json> ask_worker(const Invocation& invocation, const std::string& order) {
  FABRIK_TRY(const config::Source source, require_source(invocation));
  FABRIK_TRY(const statefs::Paths paths, statefs::paths_from(invocation.env));
  FABRIK_TRY(const auto reply, activate::control_request(paths.worker_socket(source.project_id()),
                                                         "POST", "/v1/revoke", order, kTimeout));
  if (reply.status != 200) {
    return fail(activate::parse_error(reply.body)
                    .value_or(Error{Errc::internal, "the worker answered with status " +
                                                        std::to_string(reply.status)}));
  }
  auto json = nlohmann::json::parse(reply.body, nullptr, false);
  if (!json.is_object()) {
    return fail(Errc::internal, "read the worker's answer: it is not a JSON object");
  }
  return json;
}

void print(const nlohmann::json& done, bool removed, const Invocation& invocation) {
  const auto entries = done.value("entries", std::uint64_t{0});
  const auto blobs = done.value("blobs", std::uint64_t{0});
  invocation.out << (removed ? "Removed " : "Would remove ") << entries << " entries and " << blobs
                 << " blobs, " << format_size(done.value("bytes", std::uint64_t{0})) << " in all\n";
  for (const auto& example : done.value("examples", std::vector<std::string>{})) {
    invocation.out << "  " << printable(example) << "\n";
  }
  if (!removed && entries + blobs != 0) {
    invocation.out << "Run the same command with --yes to remove them.\n";
  }
}

Result<int> run_revoke(const Invocation& invocation) {
  if (invocation.value("writer").empty() || invocation.value("since").empty()) {
    return fail(Errc::invalid_argument,
                "--writer and --since are both needed, for example: "
                "fabrik revoke --writer \"uid 1000\" --since 2h");
  }
  FABRIK_TRY(const auto since,
             parse_since(invocation.value("since"), std::chrono::system_clock::now()));
  const bool removes = invocation.has("yes");
  const nlohmann::json order = {{"writer", invocation.value("writer")},
                                {"since_unix_ms", to_unix_ms(since)},
                                {"dry_run", !removes}};
  const auto done =
      ask_worker(invocation, order.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (!done && done.error().code == Errc::unavailable) {
    invocation.err << "fabrik revoke: no daemon is running; start it with: fabrik daemon\n";
    return kExitNotRunning;
  }
  FABRIK_CHECK(done);
  if (invocation.has("json")) {
    invocation.out << done->dump(2) << "\n";
  } else {
    print(*done, removes, invocation);
  }
  return kExitOk;
}

}  // namespace

const Command kRevokeCommand = {
    .name = "revoke",
    .arguments = "--writer WRITER --since TIME [--yes]",
    .summary = "Remove from the cache what one writer stored",
    .details =
        "For the day on which a machine or a token turns out to have stored bad artefacts: all\n"
        "entries whose last writer it was since then are removed, and the blobs it stored by\n"
        "digest, unless somebody else stored or uses them too. The next build makes them again.\n"
        "Without --yes nothing is removed.\n"
        "\n"
        "Examples:\n"
        "  fabrik revoke --writer \"uid 1000\" --since 2h\n"
        "  fabrik revoke --writer \"token ci\" --since 2026-11-21T10:00:00Z --yes\n",
    .options = kOptions,
    .run = run_revoke,
};

}  // namespace fabrik::cli
