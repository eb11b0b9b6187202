#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

Result<std::filesystem::path> working_directory() {
  std::error_code error;
  auto path = std::filesystem::current_path(error);
  if (error) {
    return fail(Errc::not_found,
                "the working directory is gone (" + error.message() + "); cd somewhere else");
  }
  return path;
}

}  // namespace

Result<std::optional<config::Source>> find_source(const Invocation& invocation) {
  FABRIK_TRY(const auto directory, working_directory());
  return config::select_source(invocation.value("config"), directory, invocation.env);
}

Result<config::Source> require_source(const Invocation& invocation) {
  FABRIK_TRY(auto source, find_source(invocation));
  if (!source) {
    return fail(Errc::not_found, no_project_message());
  }
  return *std::move(source);
}

std::string no_project_message() {
  const auto directory = working_directory();
  return "no fabrik.toml in " + (directory ? directory->string() : "this directory") +
         " or above; `fabrik init` makes one";
}

std::string display_path(const std::filesystem::path& path, const Env& env) {
  const auto home = env.non_empty("HOME");
  const std::string& text = path.native();
  if (home && *home != "/" && text.starts_with(*home) &&
      (text.size() == home->size() || text[home->size()] == '/')) {
    return "~" + text.substr(home->size());
  }
  return text;
}

}  // namespace fabrik::cli
