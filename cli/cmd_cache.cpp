#include <algorithm>

#include "cli/cache_actions.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "tool", .letter = 't', .value = "NAME", .help = "Only entries of this tool"},
    {.name = "namespace",
     .value = "NAME",
     .help = "Only entries of this namespace (a team, a bucket, a repository)"},
    {.name = "prefix", .value = "TEXT", .help = "list: only keys that begin with it"},
    {.name = "limit", .letter = 'n', .value = "N", .help = "list: so many at most; 0 means all"},
    kJsonOption,
    kConfigOption,
};

struct Action {
  std::string_view name;
  std::size_t arguments;  // after the name
  Result<int> (*run)(const Invocation& invocation, const CacheClient& client);
};

constexpr Action kActions[] = {
    {"stats", 0, cache_stats},   {"list", 0, cache_list},     {"info", 1, cache_info},
    {"rm", 1, cache_remove},     {"clear", 0, cache_clear},   {"verify", 0, cache_verify},
    {"export", 1, cache_export}, {"import", 1, cache_import},
};

Result<int> run_cache(const Invocation& invocation) {
  const std::string what = invocation.arguments.empty() ? "" : invocation.arguments.front();
  const auto action = std::ranges::find(kActions, what, &Action::name);
  if (action == std::end(kActions)) {
    return fail(Errc::invalid_argument,
                (what.empty() ? "nothing to do" : "unknown action \"" + what + "\"") +
                    std::string("; write `fabrik cache stats`, `list`, `info`, `rm`, `clear`, "
                                "`verify`, `export` or `import`"));
  }
  if (invocation.arguments.size() != action->arguments + 1) {
    return fail(Errc::invalid_argument, "`fabrik cache " + what + "` takes " +
                                            (action->arguments == 0 ? "no" : "one") + " argument");
  }
  FABRIK_TRY(const CacheClient client, CacheClient::find(invocation));
  auto status = action->run(invocation, client);
  if (!status && status.error().code == Errc::unavailable) {
    invocation.err << "fabrik cache: " << status.error().message << "\n";
    return kExitNotRunning;
  }
  return status;
}

}  // namespace

const Command kCacheCommand = {
    .name = "cache",
    .arguments = "stats | list | info KEY | rm KEY | clear | verify | export FILE | import FILE",
    .summary = "Look into the project's cache, check it, carry it elsewhere",
    .details =
        "stats counts entries and bytes per tool, and what storing equal content once saves.\n"
        "list prints the newest state of every entry; info shows all there is to know about one.\n"
        "KEY is the key as the tool names it, or the SHA-256 of the content.\n"
        "\n"
        "rm removes what has that key, or the content with that SHA-256 and all that points at\n"
        "it. clear removes everything. Builds only get slower from that, never wrong.\n"
        "\n"
        "verify reads every byte again; what is damaged is dropped, and the status is 1. The\n"
        "daemon does the same by itself, slowly (cache.scrub_interval).\n"
        "\n"
        "export writes all entries to one file, import takes them from it; what is there already\n"
        "stays. All of it asks the running daemon, and ends with 3 when there is none.\n"
        "\n"
        "Examples:\n"
        "  fabrik cache list --tool gradle --limit 20\n"
        "  fabrik cache verify\n"
        "  fabrik cache export ~/cache.fabrik\n",
    .options = kOptions,
    .run = run_cache,
};

}  // namespace fabrik::cli
