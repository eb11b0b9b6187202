#include <nlohmann/json.hpp>
#include <ostream>

#include "activate/control_client.hpp"
#include "base/fs.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/rows.hpp"
#include "cli/service/unit.hpp"
#include "cli/service/user_manager.hpp"
#include "cli/set_option.hpp"
#include "cli/status_json.hpp"

namespace fabrik::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{30};

constexpr Option kOptions[] = {
    {.name = "no-start", .help = "install: write the unit, and leave systemd alone"},
    {.name = "all", .letter = 'a', .help = "remove: the services of all projects"},
    kSetOption,
    kJsonOption,
    kConfigOption,
};

struct Unit {
  std::string name;
  fs::path file;
};

fs::path unit_directory(const statefs::Paths& paths) {
  return paths.config.parent_path() / "systemd/user";
}

Unit unit_of(const config::Source& source, const statefs::Paths& paths) {
  const std::string name = service::unit_name(source.project_id());
  return {name, unit_directory(paths) / name};
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

bool is_ours(const fs::path& file) {
  const auto text = read_file(file, 64 * 1024);
  return text && service::is_ours(*text);
}

Result<void> check_not_foreign(const fs::path& file) {
  if (is_there(file) && !is_ours(file)) {
    return fail(Errc::conflict, file.string() +
                                    " was not written by fabrik: left as it is. Move it away and "
                                    "run the command again.");
  }
  return {};
}

Result<std::string> text_for(const config::Source& source, const Invocation& invocation) {
  FABRIK_TRY(const config::Flags flags, settings_of(invocation));
  service::UnitSpec spec{.executable = invocation.executable,
                         .config_path = source.path,
                         .settings = {},
                         .environment = service::placing_variables(invocation.env)};
  for (const auto& [key, value] : flags) {
    spec.settings.push_back(key + "=" + value);
  }
  return service::unit_text(spec);
}

// Before anything is written: nobody wants a unit that nothing will ever start.
Result<void> need_manager() {
  if (auto reloaded = service::reload(); !reloaded) {
    return fail(Errc::unavailable,
                "no systemd for this user here, nothing was changed (" + reloaded.error().message +
                    "). fabrik needs none: entering the project starts its daemon. --no-start "
                    "writes the unit all the same");
  }
  return {};
}

Result<int> install(const Invocation& invocation, const statefs::Paths& paths) {
  FABRIK_TRY(const config::Source source, require_source(invocation));
  const Unit unit = unit_of(source, paths);
  FABRIK_TRY(const std::string text, text_for(source, invocation));
  FABRIK_CHECK(check_not_foreign(unit.file));
  const bool start = !invocation.has("no-start");
  if (start) {
    FABRIK_CHECK(need_manager());
  }
  std::error_code error;
  fs::create_directories(unit.file.parent_path(), error);
  if (error) {
    return fail(errno_error("create " + unit.file.parent_path().string(), error.value()));
  }
  FABRIK_CHECK(write_file_atomically(unit.file, text, 0644));
  invocation.out << "Wrote " << display_path(unit.file, invocation.env) << "\n";
  if (!start) {
    invocation.out << "Start it with: systemctl --user enable --now " << unit.name << "\n";
    return kExitOk;
  }
  FABRIK_CHECK(service::reload());
  // One that a shell started would be in the service's way.
  FABRIK_CHECK(activate::stop_daemon(paths, source.project_id(), kPatience));
  FABRIK_CHECK(service::start(unit.name));
  invocation.out << "Started it; it starts again with every login (without one: loginctl "
                    "enable-linger)\n";
  return kExitOk;
}

Result<std::vector<Unit>> units_to_remove(const Invocation& invocation,
                                          const statefs::Paths& paths) {
  if (!invocation.has("all")) {
    FABRIK_TRY(const config::Source source, require_source(invocation));
    Unit unit = unit_of(source, paths);
    FABRIK_CHECK(check_not_foreign(unit.file));
    return is_there(unit.file) ? std::vector{std::move(unit)} : std::vector<Unit>{};
  }
  std::vector<Unit> units;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(unit_directory(paths), ignored)) {
    const std::string name = entry.path().filename().string();
    if (service::is_unit_name(name) && is_ours(entry.path())) {
      units.push_back({name, entry.path()});
    }
  }
  return units;
}

Result<int> remove(const Invocation& invocation, const statefs::Paths& paths) {
  FABRIK_TRY(const auto units, units_to_remove(invocation, paths));
  for (const Unit& unit : units) {
    service::stop(unit.name);
    std::error_code error;
    fs::remove(unit.file, error);
    if (error) {
      return fail(errno_error("remove " + unit.file.string(), error.value()));
    }
    invocation.out << "Removed " << display_path(unit.file, invocation.env) << "\n";
  }
  if (units.empty()) {
    invocation.out << "There is no service to remove.\n";
  } else {
    (void)service::reload();  // without a manager there is nobody to tell
  }
  return kExitOk;
}

Result<int> show(const Invocation& invocation, const statefs::Paths& paths) {
  FABRIK_TRY(const config::Source source, require_source(invocation));
  const Unit unit = unit_of(source, paths);
  const bool installed = is_there(unit.file) && is_ours(unit.file);
  const std::string enabled = installed ? service::enablement(unit.name) : "disabled";
  const std::string active = installed ? service::activity(unit.name) : "inactive";
  if (invocation.has("json")) {
    invocation.out << dump_json({{"schema", 1},
                                 {"unit", unit.name},
                                 {"file", unit.file.string()},
                                 {"installed", installed},
                                 {"enabled", enabled},
                                 {"active", active}});
  } else {
    const Rows rows(invocation.out, Style(invocation.colour));
    rows.add("service", unit.name + (installed ? "" : ", not installed"));
    if (installed) {
      rows.add("file", display_path(unit.file, invocation.env));
      rows.add("systemd", enabled + ", " + active);
    }
  }
  return active == "active" ? kExitOk : kExitNotRunning;
}

Result<int> run_service(const Invocation& invocation) {
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  const std::string action = invocation.arguments.size() == 1 ? invocation.arguments.front() : "";
  if (action == "install") {
    return install(invocation, paths);
  }
  if (action == "remove") {
    return remove(invocation, paths);
  }
  if (action == "status") {
    return show(invocation, paths);
  }
  return fail(Errc::invalid_argument,
              "write `fabrik service install`, `fabrik service remove` or `fabrik service status`");
}

}  // namespace

const Command kServiceCommand = {
    .name = "service",
    .arguments = "install|remove|status",
    .summary = "Let systemd run the project's daemon (never needed)",
    .details =
        "Entering a project starts its daemon by itself. A service is for machines where\n"
        "the daemon shall run before anybody enters, or where systemd ends what a session\n"
        "started (KillUserProcesses=yes). install writes a unit for systemd's user manager\n"
        "and starts it; settings of --set become part of it. remove takes both back. status\n"
        "ends with 0 when the service is active, with 3 when it is not.\n"
        "\n"
        "Examples:\n"
        "  fabrik service install --set daemon.idle_timeout=0s\n"
        "  fabrik service remove --all\n",
    .options = kOptions,
    .run = run_service,
};

}  // namespace fabrik::cli
