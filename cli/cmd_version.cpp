#include <nlohmann/json.hpp>
#include <ostream>

#include "cli/commands.hpp"
#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    kJsonOption,
};

Result<int> run_version(const Invocation& invocation) {
  if (invocation.has("json")) {
    invocation.out << nlohmann::json{{"name", "fabrik"}, {"version", FABRIK_VERSION}} << "\n";
  } else {
    invocation.out << "fabrik " FABRIK_VERSION "\n";
  }
  return kExitOk;
}

}  // namespace

const Command kVersionCommand = {
    .name = "version",
    .arguments = "",
    .summary = "Print the version",
    .details = "The same as fabrik --version.\n",
    .options = kOptions,
    .run = run_version,
};

}  // namespace fabrik::cli
