#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/http_probe.hpp"
#include "cli/project.hpp"
#include "cli/status_json.hpp"
#include "cli/style.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "url", .value = "URL", .help = "Ask this address instead of the project's daemon"},
    {.name = "timeout", .value = "TIME", .help = "Give up after this long (default 5s)"},
    {.name = "format", .value = "text|json", .help = "How to print the answer (default text)"},
    {.name = "json", .help = "The same as --format json", .env = kJsonOption.env},
    kConfigOption,
};

struct Health {
  bool running = true;
  bool healthy = false;
  std::string endpoint = {};
  std::string problem = {};
  std::chrono::milliseconds took{0};
};

// nullopt: no daemon is running.
Result<std::optional<HttpEndpoint>> endpoint_to_ask(const Invocation& invocation,
                                                    std::chrono::milliseconds timeout) {
  if (invocation.has("url")) {
    FABRIK_TRY(auto endpoint, parse_http_url(invocation.value("url")));
    if (endpoint.target == "/") {
      endpoint.target = "/health";
    }
    return std::optional(std::move(endpoint));
  }
  FABRIK_TRY(const config::Source source, require_source(invocation));
  FABRIK_TRY(const statefs::Paths paths, statefs::paths_from(invocation.env));
  FABRIK_TRY(const auto status, activate::query_status(paths, source.project_id(), timeout));
  return status ? std::optional(
                      HttpEndpoint{"127.0.0.1", status->http_port, "/health", status->access_token})
                : std::nullopt;
}

// A worker that works says "ok"; one whose store is read-only says why.
std::string problem_in(const activate::ControlReply& answer) {
  if (answer.status != 200) {
    return "it answers with HTTP status " + std::to_string(answer.status);
  }
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (!json.is_object() || !json.contains("status")) {
    return "whatever listens there is not fabrik";
  }
  if (json["status"] == "ok") {
    return "";
  }
  const auto reason = json.find("reason");
  return reason != json.end() && reason->is_string() ? reason->get<std::string>() : "degraded";
}

Health ask(const HttpEndpoint& endpoint, std::chrono::milliseconds timeout) {
  Health health{.endpoint = "http://" + endpoint.host + ":" + std::to_string(endpoint.port)};
  const auto start = std::chrono::steady_clock::now();
  const auto answer = http_probe(endpoint, {.target = endpoint.target}, timeout);
  health.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  health.problem = answer ? problem_in(*answer) : answer.error().message;
  health.healthy = health.problem.empty();
  return health;
}

void print(const Health& health, bool json, const Invocation& invocation) {
  if (json) {
    nlohmann::ordered_json object = {{"healthy", health.healthy}, {"running", health.running}};
    object["url"] = health.endpoint.empty() ? nullptr : nlohmann::ordered_json(health.endpoint);
    object["problem"] = health.problem.empty() ? nullptr : nlohmann::ordered_json(health.problem);
    object["took_ms"] = health.took.count();
    invocation.out << dump_json(object);
    return;
  }
  const Style style(invocation.colour);
  invocation.out << (health.healthy ? style.good("healthy") : style.bad("not healthy"));
  if (!health.problem.empty()) {
    invocation.out << ": " << health.problem;
  } else {
    invocation.out << ": " << health.endpoint << " answered in " << format_duration(health.took);
  }
  invocation.out << "\n";
}

Result<int> run_health(const Invocation& invocation) {
  const std::string format = invocation.value("format", "text");
  if (format != "text" && format != "json") {
    return fail(Errc::invalid_argument, "--format " + format + ": expected text or json");
  }
  FABRIK_TRY(const auto timeout, parse_duration(invocation.value("timeout", "5s")));
  FABRIK_TRY(const auto endpoint, endpoint_to_ask(invocation, timeout));
  const Health health =
      endpoint ? ask(*endpoint, timeout)
               : Health{.running = false, .problem = "no daemon is running for this project"};
  print(health, format == "json" || invocation.has("json"), invocation);
  if (!health.running) {
    return kExitNotRunning;
  }
  return health.healthy ? kExitOk : kExitProblem;
}

}  // namespace

const Command kHealthCommand = {
    .name = "health",
    .arguments = "",
    .summary = "Ask the cache a real request, for scripts",
    .details =
        "Ends with 0 when it answers and can store, 1 when something is wrong, and 3\n"
        "when no daemon is running. Never starts one, but wakes an idle worker.\n"
        "\n"
        "Examples:\n"
        "  fabrik health || echo 'no cache today'\n"
        "  fabrik health --timeout 500ms --json\n",
    .options = kOptions,
    .run = run_health,
};

}  // namespace fabrik::cli
