#include "cli/become.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>

#include "activate/services.hpp"
#include "activate/variables.hpp"
#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

// Nobody waits at a prompt: rather a late build than one without its cache.
constexpr std::chrono::milliseconds kDeadline = std::chrono::seconds(15);

// As a shell answers.
constexpr int kCannotExecute = 126;
constexpr int kNotFound = 127;

// The caller's environment with whatever project it was in left behind.
Env without_project(const Env& env) {
  const auto outcome = activate::deactivate(activate::Shell::posix, env);
  Env::Map all = env.all();
  for (const activate::Change& change : outcome.changes) {
    if (change.action == activate::Change::Action::set) {
      all.insert_or_assign(change.name, change.value);
    } else {
      all.erase(change.name);
    }
  }
  return Env(std::move(all));
}

bool is_disabled(const Env& env) {
  const auto value = env.non_empty("FABRIK_DISABLE");
  return value && *value != "0";
}

// In token mode, what must not get into the log of a build.
std::string secret_of(const std::vector<activate::Assignment>& plan) {
  const auto found = std::ranges::find(plan, "FABRIK_TOKEN", &activate::Assignment::name);
  return found == plan.end() ? "" : found->value;
}

std::string without_secret(std::string text, const std::string& secret) {
  const auto at = secret.empty() ? std::string::npos : text.find(secret);
  return at == std::string::npos ? text : text.replace(at, secret.size(), "...");
}

void show(const Invocation& invocation, const activate::ProjectEnvironment& project) {
  for (const std::string& notice : project.notices) {
    invocation.err << "fabrik: " << notice << "\n";
  }
  if (invocation.has("verbose")) {
    const std::string secret = secret_of(project.plan);
    for (const activate::Assignment& assignment : project.plan) {
      invocation.err << "fabrik: " << assignment.name << "="
                     << without_secret(assignment.value, secret) << "\n";
    }
  }
}

activate::ProjectEnvironment alone(const Env& env) {
  activate::ProjectEnvironment none;
  none.env = without_project(env);
  return none;
}

}  // namespace

activate::ProjectEnvironment enter_project(const Invocation& invocation, const Env& env) {
  if (is_disabled(env)) {
    return alone(env);
  }
  const auto source = find_source(invocation);
  if (!source) {
    invocation.err << "fabrik: " << source.error().message << "\n";
    return alone(env);
  }
  if (!*source) {
    if (invocation.has("verbose")) {
      invocation.err << "fabrik: " << no_project_message() << "; running without a cache\n";
    }
    return alone(env);
  }
  const auto services = activate::services_for(env, invocation.executable, kDeadline);
  auto project = activate::project_environment(**source, env, services);
  if (!project) {
    invocation.err << "fabrik: running without a cache: " << project.error().message << "\n";
    return alone(env);
  }
  show(invocation, *project);
  return *std::move(project);
}

int become(const std::vector<std::string>& command, const Env& env, const Invocation& invocation) {
  invocation.out.flush();
  invocation.err.flush();
  std::vector<std::string> lines;
  for (const auto& [name, value] : env.all()) {
    lines.push_back(name + "=" + value);
  }
  std::vector<char*> variables;
  for (std::string& line : lines) {
    variables.push_back(line.data());
  }
  variables.push_back(nullptr);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  ::execvpe(arguments.front(), arguments.data(), variables.data());
  const int error = errno;
  invocation.err << "fabrik: " << command.front() << ": "
                 << (error == ENOENT ? "command not found" : std::strerror(error)) << "\n";
  return error == ENOENT ? kNotFound : kCannotExecute;
}

}  // namespace fabrik::cli
