#include <ostream>

#include "activate/services.hpp"
#include "cli/buildkit/cache_args.hpp"
#include "cli/buildkit/git_branch.hpp"
#include "cli/checked_config.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

// Nobody waits at a prompt: rather a late build than one without its cache.
constexpr std::chrono::milliseconds kDeadline = std::chrono::seconds(15);

constexpr std::string_view kNoBranch = "latest";

constexpr Option kOptions[] = {
    {.name = "format",
     .value = "buildx|buildctl|bake|compose|json",
     .help = "Whose words to print (default buildx)",
     .env = "FABRIK_BUILDKIT_ARGS_FORMAT"},
    {.name = "name",
     .value = "NAME",
     .help = "Name the cache like this, not like the project's directory",
     .env = "FABRIK_BUILDKIT_ARGS_NAME"},
    {.name = "branch",
     .value = "BRANCH",
     .help = "The branch, when it is not the one that is checked out",
     .env = "FABRIK_BUILDKIT_ARGS_BRANCH"},
    kConfigOption,
};

buildkit::CacheRefs refs_for(const Invocation& invocation, const config::Source& source,
                             std::uint16_t port) {
  const auto branches = buildkit::branches_of(source.root());
  const std::string name = invocation.value("name", source.root().filename().string());
  const std::string branch = invocation.value("branch", branches.current);
  const std::string cache =
      "127.0.0.1:" + std::to_string(port) + "/" + buildkit::repository_like(name) + ":";
  const auto ref = [&](std::string_view of) {
    return cache + buildkit::tag_like(of.empty() ? kNoBranch : of);
  };
  buildkit::CacheRefs refs{.to = ref(branch), .from = {ref(branch)}};
  if (!branches.main.empty() && branches.main != branch) {
    refs.from.push_back(ref(branches.main));
  }
  return refs;
}

Result<int> run_buildkit_args(const Invocation& invocation) {
  FABRIK_TRY(const auto format, buildkit::parse_format(invocation.value("format", "buildx")));
  FABRIK_TRY(const config::Source source, require_source(invocation));
  if (const auto refused = refuse_wrong_config(invocation, source, invocation.env,
                                               trust_in(source, invocation.env))) {
    return *refused;
  }
  const auto services = activate::services_for(invocation.env, invocation.executable, kDeadline);
  FABRIK_TRY(const config::Loaded loaded, services.load(source));
  if (!loaded.config.build_tools.is_enabled("buildkit")) {
    return fail(Errc::invalid_argument,
                "\"buildkit\" is not among build_tools.enabled in " + source.path.string());
  }
  FABRIK_TRY(const activate::DaemonStatus status, services.ensure(source));
  invocation.out << buildkit::render(refs_for(invocation, source, status.http_port), format);
  return 0;
}

}  // namespace

const Command kBuildkitArgsCommand = {
    .name = "buildkit-args",
    .arguments = "",
    .summary = "Print the options that give BuildKit the project's cache",
    .details =
        "No environment variable makes BuildKit use a cache, so its options have to be given.\n"
        "Starts the project's daemon unless it runs. The cache is named after the project's\n"
        "directory and the git branch; the remote's default branch is read, too. When there is\n"
        "no cache to be had nothing is printed, and a build goes on without one.\n"
        "\n"
        "Examples:\n"
        "  docker buildx build $(fabrik buildkit-args) .\n"
        "  docker buildx bake $(fabrik buildkit-args --format bake)\n"
        "  buildctl build $(fabrik buildkit-args --format buildctl) ...\n"
        "  fabrik buildkit-args --format compose    # for the build: section of a service\n",
    .options = kOptions,
    .run = run_buildkit_args,
};

}  // namespace fabrik::cli
