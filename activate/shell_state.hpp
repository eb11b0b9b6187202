// What activation changed in a shell and what was there before. It travels in
// one exported variable (kStateVariable), so that child shells, tmux and shells
// of another kind can leave the project properly.
//
// Text: fields separated by ';', each percent-encoded:
//   1;<config path>;<config hash>;<daemon pid>[;<name>,<kind>,<ours>,<before>]...
// kind: n unset, x exported, s set but not exported; upper case: the variable is
// a universal one of fish; k: the user changed it inside, hands off.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "activate/shell_view.hpp"

namespace fabrik::activate {

// One variable that activation took over.
struct Record {
  std::string name = {};
  bool hands_off = false;  // the user changed it since; nothing else counts then
  VariableState before = {};
  std::string ours = {};  // fingerprint() of the value we set

  bool operator==(const Record&) const = default;
};

struct ShellState {
  std::string config_path = {};
  std::string config_hash = {};
  pid_t daemon_pid = 0;
  std::vector<Record> records = {};

  const Record* find(std::string_view name) const;
  bool operator==(const ShellState&) const = default;
};

// Twelve hex digits that tell whether a variable still has the value we gave it.
std::string fingerprint(std::string_view value);

std::string encode(const ShellState& state);

// nullopt for everything encode() cannot have made: another version, names
// outside variables.hpp, bad escapes, NUL bytes, more than 64 KiB.
std::optional<ShellState> decode(std::string_view text);

}  // namespace fabrik::activate
