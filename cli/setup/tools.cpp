#include "cli/setup/tools.hpp"

#include "activate/gradle_home.hpp"
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

constexpr Tool kTools[] = {
    {.name = "gradle",
     .gain = "Gradle builds inside a project with a fabrik.toml now use its cache.",
     .file = gradle_file,
     .state = [](const Tool::Path& file, const Invocation&) { return gradle_state(file); },
     .install = [](const Tool::Path& file, const Invocation&) { return install_gradle(file); },
     .remove = [](const Tool::Path& file, const Invocation&) { return remove_gradle(file); }},
};

constexpr std::string_view kEnvironmentTools[] = {"nx", "turborepo", "ccache", "rush", "moon"};

}  // namespace

std::span<const Tool> tools() {
  return kTools;
}

std::span<const std::string_view> environment_tools() {
  return kEnvironmentTools;
}

}  // namespace fabrik::cli::setup
