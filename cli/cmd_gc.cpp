#include <nlohmann/json.hpp>
#include <ostream>

#include "base/units.hpp"
#include "cli/commands.hpp"
#include "cli/garbage.hpp"
#include "cli/project.hpp"
#include "cli/status_json.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "dry-run", .letter = 'n', .help = "Only say what would be removed"},
    {.name = "cache", .help = "Remove the cached data of projects that are gone, too"},
    kJsonOption,
};

nlohmann::ordered_json list_json(const std::vector<Garbage>& list) {
  auto json = nlohmann::ordered_json::array();
  for (const Garbage& garbage : list) {
    json.push_back(
        {{"path", garbage.path.string()}, {"reason", garbage.reason}, {"bytes", garbage.bytes}});
  }
  return json;
}

void print_json(const Collection& collection, bool trial, std::ostream& out) {
  out << dump_json({{"schema", 1},
                    {"dry_run", trial},
                    {"removed", list_json(collection.removed)},
                    {"kept_caches", list_json(collection.kept_caches)},
                    {"problems", collection.problems}});
}

void print(const Collection& collection, bool trial, const Invocation& invocation) {
  std::uint64_t bytes = 0;
  for (const Garbage& garbage : collection.removed) {
    bytes += garbage.bytes;
    invocation.out << (trial ? "would remove " : "removed ")
                   << display_path(garbage.path, invocation.env) << "  (" << garbage.reason
                   << ")\n";
  }
  for (const Garbage& garbage : collection.kept_caches) {
    invocation.out << "kept " << display_path(garbage.path, invocation.env) << ", "
                   << format_size(garbage.bytes)
                   << " of cached data; `fabrik gc --cache` removes it  (" << garbage.reason
                   << ")\n";
  }
  for (const std::string& problem : collection.problems) {
    invocation.err << "fabrik gc: " << problem << "\n";
  }
  invocation.out << (collection.removed.empty() ? "Nothing to remove."
                     : trial                    ? "Would free " + format_size(bytes) + "."
                                                : "Freed " + format_size(bytes) + ".")
                 << "\n";
}

Result<int> run_gc(const Invocation& invocation) {
  FABRIK_TRY(const statefs::Paths paths, statefs::paths_from(invocation.env));
  const SystemClock clock;
  const bool trial = invocation.has("dry-run");
  const Collection collection =
      collect_garbage(paths, clock, {.trial = trial, .caches = invocation.has("cache")});
  if (invocation.has("json")) {
    print_json(collection, trial, invocation.out);
  } else {
    print(collection, trial, invocation);
  }
  return collection.problems.empty() ? kExitOk : kExitProblem;
}

}  // namespace

const Command kGcCommand = {
    .name = "gc",
    .arguments = "",
    .summary = "Remove the state of projects that are gone",
    .details =
        "Removes what belongs to a fabrik.toml that does not exist any more, and what is\n"
        "left of earlier versions of the others. Never touches a project whose daemon\n"
        "runs. A project on a disk that is not mounted counts as gone: look with\n"
        "--dry-run first.\n"
        "\n"
        "Examples:\n"
        "  fabrik gc --dry-run\n"
        "  fabrik gc --cache\n",
    .options = kOptions,
    .run = run_gc,
};

}  // namespace fabrik::cli
