#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/ensure_daemon.hpp"
#include "cli/commands.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/project.hpp"
#include "cli/status_json.hpp"
#include "cli/style.hpp"

namespace fabrik::cli {
namespace {

using doctor::Finding;
using doctor::Findings;
using doctor::Level;

constexpr Option kOptions[] = {
    {.name = "verbose", .letter = 'v', .help = "Show notes, too, such as tools that are not here"},
    kJsonOption,
    kConfigOption,
};

constexpr std::string_view kLevelNames[] = {"good", "note", "warning", "bad"};

std::string_view name_of(Level level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

Findings examine(const doctor::Patient& patient) {
  Findings all;
  for (const auto check : {doctor::check_config, doctor::check_hook, doctor::check_daemon,
                           doctor::check_shell, doctor::check_routes, doctor::check_tools,
                           doctor::check_directories, doctor::check_space}) {
    for (Finding& finding : check(patient)) {
      all.push_back(std::move(finding));
    }
  }
  return all;
}

// Whether a daemon can be started belongs to what is examined, and the cache can
// only be asked when one runs.
Result<StatusReport> report_with_daemon(const Invocation& invocation) {
  FABRIK_TRY(StatusReport report, make_status_report(invocation));
  if (!report.source || !report.config_error.empty() || report.is_current()) {
    return report;
  }
  const auto started = activate::ensure_daemon(
      *report.source, invocation.env, report.paths,
      {.deadline = std::chrono::seconds(10), .executable = invocation.executable});
  FABRIK_TRY(report, make_status_report(invocation));
  if (!started) {
    report.daemon_problem = started.error().message;
  }
  return report;
}

std::string mark(Level level, const Style& style) {
  switch (level) {
    case Level::good:
      return style.good("ok  ");
    case Level::note:
      return style.dim("    ");
    case Level::warning:
      return style.warning("warn");
    case Level::bad:
      break;
  }
  return style.bad("FAIL");
}

void print(const Findings& findings, const Invocation& invocation) {
  const Style style(invocation.colour);
  std::size_t width = 0;
  for (const Finding& finding : findings) {
    width = std::max(width, finding.subject.size());
  }
  for (const Finding& finding : findings) {
    if (finding.level == Level::note && !invocation.has("verbose")) {
      continue;
    }
    std::string subject = finding.subject;
    subject.resize(width, ' ');
    invocation.out << mark(finding.level, style) << "  " << style.bold(subject) << "  "
                   << finding.text << "\n";
    if (!finding.cure.empty()) {
      invocation.out << "      " << std::string(width, ' ') << "  -> " << finding.cure << "\n";
    }
  }
}

void print_json(const Findings& findings, bool healthy, std::ostream& out) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"level", name_of(finding.level)},
                    {"subject", finding.subject},
                    {"text", finding.text},
                    {"cure", finding.cure}});
  }
  out << dump_json({{"schema", 1}, {"healthy", healthy}, {"findings", std::move(list)}});
}

Result<int> run_doctor(const Invocation& invocation) {
  FABRIK_TRY(const StatusReport report, report_with_daemon(invocation));
  const Findings findings = examine({invocation, report});
  const auto count = [&](Level level) {
    return std::ranges::count(findings, level, &Finding::level);
  };
  const auto bad = count(Level::bad);
  if (invocation.has("json")) {
    print_json(findings, bad == 0, invocation.out);
  } else {
    print(findings, invocation);
    invocation.out << "\n";
    if (bad != 0) {
      invocation.out << bad << (bad == 1 ? " thing does" : " things do") << " not work.\n";
    } else {
      invocation.out << (count(Level::warning) == 0 ? "Everything works.\n"
                                                    : "Everything essential works.\n");
    }
  }
  return bad == 0 ? kExitOk : kExitProblem;
}

}  // namespace

const Command kDoctorCommand = {
    .name = "doctor",
    .arguments = "",
    .summary = "Check the installation, with a cure for each finding",
    .details =
        "Looks at the shell hook, fabrik.toml, the daemon, the variables of this shell,\n"
        "the build tools on the PATH, directories and disk space. Inside a project it\n"
        "starts the daemon, as entering the project does, and stores and reads back a\n"
        "few bytes along the way of every enabled build tool. Ends with 1 when something\n"
        "does not work.\n"
        "\n"
        "Examples:\n"
        "  fabrik doctor\n"
        "  fabrik doctor --json | jq '.findings[] | select(.level == \"bad\")'\n",
    .options = kOptions,
    .run = run_doctor,
};

}  // namespace fabrik::cli
