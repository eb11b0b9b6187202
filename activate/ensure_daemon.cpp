#include "activate/ensure_daemon.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <ranges>

#include "activate/build_id.hpp"
#include "activate/control_client.hpp"
#include "activate/deadline.hpp"
#include "activate/ownership.hpp"
#include "activate/spawn.hpp"
#include "activate/status_json.hpp"
#include "base/clock.hpp"
#include "base/fs.hpp"
#include "statefs/backoff.hpp"
#include "statefs/lock.hpp"
#include "statefs/run_dir.hpp"
#include "statefs/trust_store.hpp"

namespace fabrik::activate {
namespace {

using std::chrono::milliseconds;

// During a back-off the daemon may have come up after all, and after a deadline it
// may have opened its ports: one short look.
constexpr milliseconds kGlance{50};
constexpr int kReadyFd = 3;
constexpr int kConfigFd = 4;
constexpr std::size_t kLongestReadyLine = 64 * 1024;

struct Wanted {
  ActivateRequest request;
  bool trusted = false;  // by the store or by the environment
  std::string project_id;
  std::string hash;

  std::string backoff_key() const {
    return hash + " " + request.build + (trusted ? " trusted" : "");
  }
};

Result<Wanted> what_is_wanted(const config::Source& source, const Env& env,
                              const statefs::Paths& paths, const EnsureOptions& options) {
  FABRIK_TRY(const auto worker, find_worker(options.executable, env));
  Wanted wanted;
  wanted.request = {.source = source,
                    .build = build_id(options.executable, worker),
                    .version = std::string(program_version()),
                    .executable = options.executable.native(),
                    .trusted = env.get("FABRIK_TRUST") == "1"};
  wanted.trusted = source.is_user_config || wanted.request.trusted ||
                   statefs::TrustStore(paths).is_trusted(source.path, source.content);
  wanted.project_id = source.project_id();
  wanted.hash = source.config_hash();
  return wanted;
}

bool is_settled(const DaemonStatus& status) {
  return status.worker_state == "running" || status.worker_state == "idle";
}

bool serves(const DaemonStatus& status, const Wanted& wanted) {
  return status.config_hash == wanted.hash && status.build == wanted.request.build &&
         status.trusted == wanted.trusted;
}

Result<DaemonStatus> pause_or_glance(const Wanted& wanted, const statefs::Paths& paths,
                                     const statefs::Backoff& backoff, Error blocked) {
  const auto status = query_status(paths, wanted.project_id, kGlance);
  if (status && *status && is_settled(**status) && serves(**status, wanted)) {
    backoff.clear();
    return **status;
  }
  return fail(std::move(blocked));
}

Result<UniqueFd> config_memory(std::string_view content) {
  UniqueFd fd(::memfd_create("fabrik-config", MFD_CLOEXEC));
  if (!fd) {
    return fail_errno("make memory for the configuration");
  }
  FABRIK_CHECK(write_all(fd.get(), content));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) {
    return fail_errno("rewind the configuration");
  }
  return fd;
}

std::string last_words(const std::filesystem::path& file) {
  const auto text = read_file(file, 1024 * 1024);
  if (!text || text->empty()) {
    return "it ended without a word";
  }
  const auto end = text->find_last_not_of('\n');
  const auto begin = text->rfind('\n', end);
  return text->substr(begin == std::string::npos ? 0 : begin + 1, 500);
}

// The supervisor's one line, or why there is none.
Result<std::string> read_ready_line(int fd, const Deadline& deadline) {
  std::string line;
  std::array<char, 4096> buffer;
  for (;;) {
    pollfd entry{fd, POLLIN, 0};
    const int ready = ::poll(&entry, 1, deadline.poll_ms());
    if (ready == 0) {
      return fail(Errc::timeout, "start the daemon: it is not ready yet; it goes on starting");
    }
    const ssize_t count = ready > 0 ? ::read(fd, buffer.data(), buffer.size()) : -1;
    if (count < 0 && errno != EINTR) {
      return fail_errno("wait for the daemon");
    }
    if (count == 0 || line.size() > kLongestReadyLine) {
      return line;
    }
    line.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    if (line.ends_with('\n')) {
      return line;
    }
  }
}

ProcessSpec supervisor_command(const Wanted& wanted, const Env& env, const statefs::Paths& paths,
                               int ready_fd, int config_fd) {
  ProcessSpec spec;
  spec.executable = wanted.request.executable;
  spec.arguments = {"supervise",
                    "--config-path",
                    wanted.request.source.path.native(),
                    "--ready-fd",
                    std::to_string(kReadyFd),
                    "--config-fd",
                    std::to_string(kConfigFd)};
  if (wanted.request.source.is_user_config) {
    spec.arguments.emplace_back("--user-config");
  }
  if (wanted.request.trusted) {
    spec.arguments.emplace_back("--trusted");
  }
  spec.environment = daemon_environment(env);
  spec.descriptors = {{ready_fd, kReadyFd}, {config_fd, kConfigFd}};
  spec.stderr_file = paths.run_dir(wanted.project_id) / "supervisor.err";
  return spec;
}

Result<DaemonStatus> spawn_supervisor(const Wanted& wanted, const Env& env,
                                      const statefs::Paths& paths, const Deadline& deadline) {
  FABRIK_TRY(const UniqueFd config, config_memory(wanted.request.source.content));
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail_errno("make a pipe");
  }
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const ProcessSpec spec = supervisor_command(wanted, env, paths, write_end.get(), config.get());
  ::unlink(spec.stderr_file.c_str());
  FABRIK_CHECK(spawn_detached(spec));
  write_end.reset();
  FABRIK_TRY(const std::string line, read_ready_line(read_end.get(), deadline));
  if (auto error = parse_error(line)) {
    return fail(*std::move(error));
  }
  if (auto status = parse_status(line)) {
    return status;
  }
  return fail(Errc::internal, "start the daemon: " + last_words(spec.stderr_file));
}

Result<DaemonStatus> switch_or_wait(const Wanted& wanted, const DaemonStatus& status,
                                    const statefs::Paths& paths, const Deadline& deadline) {
  if (is_settled(status) && serves(status, wanted)) {
    return status;
  }
  return activate_daemon(paths, wanted.project_id, wanted.request, deadline.left());
}

// nullopt: no supervisor is there.
Result<std::optional<DaemonStatus>> reuse(const Wanted& wanted, const statefs::Paths& paths,
                                          const Deadline& deadline) {
  FABRIK_TRY(const auto status, query_status(paths, wanted.project_id, deadline.left()));
  if (!status) {
    return std::nullopt;
  }
  auto switched = switch_or_wait(wanted, *status, paths, deadline);
  if (!switched && switched.error().code == Errc::unavailable) {
    return std::nullopt;  // it was on its way out
  }
  FABRIK_TRY(DaemonStatus result, std::move(switched));
  return result;
}

Result<void> check_number(const Wanted& wanted, const statefs::Paths& paths, std::size_t most) {
  if (wanted.trusted) {
    return {};
  }
  std::error_code error;
  const auto places = std::filesystem::directory_iterator(paths.runtime, error);
  if (error || static_cast<std::size_t>(std::ranges::distance(places)) < most) {
    return {};  // without asking anybody
  }
  if (list_daemons(paths).size() < most) {
    return {};
  }
  return fail(Errc::forbidden,
              "start the daemon: " + std::to_string(most) +
                  " daemons run already, and this project is not trusted; `fabrik stop --all` "
                  "ends them, `fabrik trust` lifts the limit");
}

Result<DaemonStatus> reuse_or_spawn(const Wanted& wanted, const Env& env,
                                    const statefs::Paths& paths, const statefs::Backoff& backoff,
                                    const EnsureOptions& options, const Deadline& deadline) {
  FABRIK_TRY(auto before, reuse(wanted, paths, deadline));
  if (before) {
    return *std::move(before);
  }
  FABRIK_CHECK(statefs::prepare_run_dir(paths, wanted.project_id));
  auto elected = statefs::Lock::acquire(paths.elect_lock(wanted.project_id), deadline.left());
  if (!elected) {
    return elected.error().code == Errc::conflict
               ? fail(Errc::timeout, "start the daemon: another process is still starting it")
               : fail(std::move(elected).error());
  }
  FABRIK_TRY(auto meanwhile, reuse(wanted, paths, deadline));
  if (meanwhile) {
    return *std::move(meanwhile);
  }
  if (auto blocked = backoff.blocked(wanted.backoff_key())) {
    return fail(*std::move(blocked));  // who had the lock before us has just failed
  }
  FABRIK_CHECK(check_number(wanted, paths, options.most_daemons));
  return spawn_supervisor(wanted, env, paths, deadline);
}

}  // namespace

Result<DaemonStatus> ensure_daemon(const config::Source& source, const Env& env,
                                   const statefs::Paths& paths, const EnsureOptions& options) {
  const Deadline deadline(options.deadline);
  FABRIK_TRY(const Wanted wanted, what_is_wanted(source, env, paths, options));
  FABRIK_CHECK(check_ownership(source, wanted.trusted, env, paths));
  const SystemClock clock;
  const statefs::Backoff backoff(paths.backoff_file(wanted.project_id), clock);
  if (options.ignore_backoff) {
    backoff.clear();
  }
  if (auto blocked = backoff.blocked(wanted.backoff_key())) {
    return pause_or_glance(wanted, paths, backoff, *std::move(blocked));
  }
  auto status = reuse_or_spawn(wanted, env, paths, backoff, options, deadline);
  if (status) {
    backoff.clear();
  } else if (!backoff.blocked(wanted.backoff_key())) {
    backoff.failed(wanted.backoff_key(), status.error());
  }
  return status;
}

Result<DaemonStatus> ensure_ports(const config::Source& source, const Env& env,
                                  const statefs::Paths& paths, const EnsureOptions& options) {
  auto status = ensure_daemon(source, env, paths, options);
  if (status ||
      (status.error().code != Errc::timeout && status.error().code != Errc::unavailable)) {
    return status;
  }
  const auto now = query_status(paths, source.project_id(), kGlance);
  if (now && *now && (*now)->is_starting()) {
    return **now;
  }
  return status;
}

}  // namespace fabrik::activate
