#include <charconv>

#include "activate/build_id.hpp"
#include "activate/supervisor.hpp"
#include "base/read_all.hpp"
#include "base/unique_fd.hpp"
#include "cli/commands.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "config-path", .value = "FILE", .help = "Where the configuration came from"},
    {.name = "config-fd", .value = "N", .help = "Descriptor with its content"},
    {.name = "ready-fd", .value = "N", .help = "Descriptor for one line about the start"},
    {.name = "resume-fd", .value = "N", .help = "Descriptor with the state of the image before"},
    {.name = "user-config", .help = "It is the user's own configuration file"},
    {.name = "trusted", .help = "Privileged keys count"},
};

constexpr std::size_t kLargestConfig = 1024 * 1024;

Result<int> descriptor(const Invocation& invocation, std::string_view option) {
  const std::string text = invocation.value(option);
  int fd = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fd);
  if (error != std::errc() || end != text.data() + text.size() || fd < 3) {
    return fail(Errc::invalid_argument,
                "--" + std::string(option) + " needs the number of an inherited descriptor");
  }
  return fd;
}

Result<int> run_supervise(const Invocation& invocation) {
  FABRIK_TRY(const auto paths, statefs::paths_from(invocation.env));
  if (invocation.has("resume-fd")) {
    FABRIK_TRY(const int state, descriptor(invocation, "resume-fd"));
    return activate::resume_supervisor(state, invocation.executable, invocation.env, paths);
  }
  activate::SupervisorOptions options;
  FABRIK_TRY(options.ready_fd, descriptor(invocation, "ready-fd"));
  FABRIK_TRY(const int number, descriptor(invocation, "config-fd"));
  UniqueFd config(number);
  FABRIK_TRY(options.source.content, read_all(config.get(), kLargestConfig));
  config.reset();  // the daemon lives long
  options.source.path = invocation.value("config-path");
  options.source.is_user_config = invocation.has("user-config");
  options.trusted = invocation.has("trusted");
  options.executable = invocation.executable;
  FABRIK_TRY(options.worker, activate::find_worker(invocation.executable, invocation.env));
  return activate::supervise(options, invocation.env, paths);
}

}  // namespace

const Command kSuperviseCommand = {
    .name = "supervise",
    .arguments = "",
    .summary = "Supervise one project's daemon",
    .details = "Started by fabrik itself, never by hand.\n",
    .options = kOptions,
    .hidden = true,
    .run = run_supervise,
};

}  // namespace fabrik::cli
