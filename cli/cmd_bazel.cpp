#include <unistd.h>

#include <filesystem>
#include <ostream>

#include "cli/become.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/set_option.hpp"

namespace fs = std::filesystem;

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    kSetOption,
    kConfigOption,
    {.name = "verbose", .letter = 'v', .help = "Say which variables and options are set"},
};

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

bool is_on_path(std::string_view program, const Env& env) {
  std::string list = env.get("PATH").value_or("");
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t end = rest.find(':');
    if (is_program(fs::path(rest.substr(0, end)) / program)) {
      return true;
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

std::string program(const Env& env) {
  if (const auto chosen = env.non_empty("BAZEL")) {
    return *chosen;
  }
  return !is_on_path("bazel", env) && is_on_path("bazelisk", env) ? "bazelisk" : "bazel";
}

Result<int> run_bazel(const Invocation& invocation) {
  FABRIK_TRY(const Env caller, env_with_settings(invocation));
  warn_about_running_daemon(invocation, "bazel");
  const activate::ProjectEnvironment project = enter_project(invocation, caller);
  std::vector<std::string> command{program(invocation.env)};
  std::error_code ignored;
  const std::string& rc = project.daemon.bazelrc;
  if (!rc.empty() && fs::exists(rc, ignored)) {
    // A startup option: before the command, whatever the user's own words are. Bazel
    // then gives each command those of the file's options that it knows.
    command.push_back("--bazelrc=" + rc);
  }
  command.insert(command.end(), invocation.arguments.begin(), invocation.arguments.end());
  if (invocation.has("verbose")) {
    for (const std::string& word : command) {
      invocation.err << word << (&word == &command.back() ? "\n" : " ");
    }
  }
  return become(command, project.env, invocation);
}

}  // namespace

const Command kBazelCommand = {
    .name = "bazel",
    .arguments = "-- [ARGUMENT...]",
    .summary = "Run Bazel with the project's cache",
    .details =
        "Starts the project's daemon unless it runs, then becomes $BAZEL, bazel or bazelisk with\n"
        "the cache's rc file as one more startup option in front of your own words. Options on\n"
        "your command line win. Outside a project, or when the cache cannot be used, Bazel runs\n"
        "without it. The exit status is Bazel's.\n"
        "\n"
        "Examples:\n"
        "  fabrik bazel -- build //...\n"
        "  fabrik bazel -- --output_base=/tmp/x test //a:all --test_output=errors\n",
    .options = kOptions,
    .takes_command = true,
    .run = run_bazel,
};

}  // namespace fabrik::cli
