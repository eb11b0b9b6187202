#include "cli/setup/tools.hpp"

#include "activate/gradle_home.hpp"
#include "cli/project.hpp"
#include "cli/setup/bazel.hpp"
#include "cli/setup/gradle.hpp"

namespace fabrik::cli::setup {
namespace {

Result<std::filesystem::path> gradle_file(const Invocation& invocation) {
  if (const auto given = invocation.value("gradle-user-home"); !given.empty()) {
    return activate::gradle_script_path(std::filesystem::absolute(given));
  }
  FABRIK_TRY(const auto home, activate::gradle_user_home(invocation.env));
  return activate::gradle_script_path(home);
}

// Outside a workspace: the file that a workspace here would have.
Result<Tool::Path> bazel_file(const Invocation&) {
  const auto here = std::filesystem::current_path();
  return find_workspace_rc(here).value_or(here / ".bazelrc");
}

// What the workspace imports. It need not exist: Bazel only tries to.
Result<Tool::Path> project_rc(const Invocation& invocation) {
  FABRIK_TRY(const auto source, require_source(invocation));
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  return paths.project_bazelrc(source.project_id());
}

FileState bazel_file_state(const Tool::Path& file, const Invocation& invocation) {
  const auto imported = project_rc(invocation);
  return imported ? bazel_state(file, *imported) : FileState::missing;
}

Result<FileState> install_bazel_import(const Tool::Path& file, const Invocation& invocation) {
  FABRIK_CHECK(find_workspace_rc(file.parent_path()));
  FABRIK_TRY(const auto imported, project_rc(invocation));
  return install_bazel(file, imported);
}

constexpr Tool kTools[] = {
    {.name = "gradle",
     .gain = "Gradle builds inside a project with a fabrik.toml now use its cache.",
     .file = gradle_file,
     .state = [](const Tool::Path& file, const Invocation&) { return gradle_state(file); },
     .install = [](const Tool::Path& file, const Invocation&) { return install_gradle(file); },
     .remove = [](const Tool::Path& file, const Invocation&) { return remove_gradle(file); }},
    {.name = "bazel",
     .gain = "Bazel builds in this workspace now use the project's cache.",
     .file = bazel_file,
     .state = bazel_file_state,
     .install = install_bazel_import,
     .remove = [](const Tool::Path& file, const Invocation&) { return remove_bazel(file); }},
};

constexpr std::string_view kEnvironmentTools[] = {"nx",   "turborepo", "ccache", "rush",
                                                  "moon", "vite-plus", "maven"};

}  // namespace

std::span<const Tool> tools() {
  return kTools;
}

std::span<const std::string_view> environment_tools() {
  return kEnvironmentTools;
}

}  // namespace fabrik::cli::setup
