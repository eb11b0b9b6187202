#include "cli/commands.hpp"

#include <algorithm>
#include <array>

namespace fabrik::cli {
namespace {

struct Entry {
  std::string_view group;
  const Command* command;
};

constexpr Entry kEntries[] = {
    {"Set up", &kActivateCommand},  {"Set up", &kDeactivateCommand}, {"Set up", &kInitCommand},
    {"Set up", &kSetupCommand},     {"Set up", &kTrustCommand},      {"Set up", &kUntrustCommand},
    {"Set up", &kConfigCommand},    {"Look", &kStatusCommand},       {"Look", &kHealthCommand},
    {"Look", &kStatsCommand},       {"Look", &kLogsCommand},         {"Look", &kDoctorCommand},
    {"Look", &kAuditCommand},       {"Run", &kExecCommand},          {"Run", &kBazelCommand},
    {"Run", &kBuildkitArgsCommand}, {"Run", &kDaemonCommand},        {"Run", &kStopCommand},
    {"Run", &kRestartCommand},      {"Run", &kServiceCommand},       {"Run", &kCacheCommand},
    {"Run", &kGcCommand},           {"Run", &kRevokeCommand},        {"Run", &kSuperviseCommand},
    {"Read", &kHelpCommand},        {"Read", &kManCommand},          {"Read", &kCompletionsCommand},
    {"Read", &kVersionCommand},
};

constexpr auto kCommands = [] {
  std::array<const Command*, std::size(kEntries)> commands{};
  std::ranges::transform(kEntries, commands.begin(), &Entry::command);
  return commands;
}();

}  // namespace

std::span<const Command* const> commands() {
  return kCommands;
}

const Command* find_command(std::string_view name) {
  const auto found = std::ranges::find(kCommands, name, &Command::name);
  return found == kCommands.end() ? nullptr : *found;
}

std::string env_name(const Command& command, const Option& option) {
  if (!option.env.empty() || command.hidden || command.name.empty()) {
    return std::string(option.env);
  }
  std::string name = "FABRIK_" + std::string(command.name) + "_" + std::string(option.name);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

std::string_view group_of(const Command& command) {
  const auto found = std::ranges::find(kEntries, &command, &Entry::command);
  return found == std::end(kEntries) ? std::string_view() : found->group;
}

}  // namespace fabrik::cli
