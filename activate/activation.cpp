#include "activate/activation.hpp"

#include <algorithm>

#include "activate/gradle_home.hpp"
#include "activate/sccache_probe.hpp"
#include "activate/told.hpp"
#include "activate/variables.hpp"
#include "statefs/paths.hpp"

namespace fabrik::activate {
namespace {

// Seconds until the hook asks again although it sees no reason to.
constexpr std::string_view kNever = "-1";
constexpr std::string_view kAtNextPrompt = "0";
constexpr std::string_view kSoon = "5";      // something failed
constexpr std::string_view kUsually = "30";  // catches what the hook cannot see

bool is_disabled(const Env& env) {
  const auto value = env.non_empty("FABRIK_DISABLE");
  return value && *value != "0";
}

std::string first_line(const std::string& message) {
  const auto end = message.find('\n');
  if (end == std::string::npos) {
    return message;
  }
  const auto more =
      std::count(message.begin() + static_cast<std::ptrdiff_t>(end) + 1, message.end(), '\n') +
      (message.ends_with('\n') ? 0 : 1);
  return message.substr(0, end) +
         (more > 0 ? " (and " + std::to_string(more) + " more: fabrik config validate)" : "");
}

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

std::vector<std::string> notices_of(const config::Source& source, const config::Loaded& loaded) {
  std::vector<std::string> notices;
  if (!loaded.ignored_keys.empty()) {
    notices.push_back(source.path.string() + ": ignoring " + list(loaded.ignored_keys) +
                      " until you run `fabrik trust`");
  }
  for (const std::string& warning : loaded.warnings) {
    notices.push_back(first_line(warning));
  }
  return notices;
}

bool is_below(std::string_view directory, const ShellState& state) {
  const auto root = std::filesystem::path(state.config_path).parent_path().native();
  return directory == root || directory.starts_with(root + "/");
}

// Nothing is looked for that nobody wants to know.
SccacheFacts sccache_facts(const config::Config& config, const Env& user) {
  const Result<statefs::Paths> paths = statefs::paths_from(user);
  if (!config.build_tools.is_auto_configured("sccache") || !paths) {
    return {};
  }
  SccacheFacts facts = inspect_sccache(user, paths->state);
  facts.socket_dir = paths->runtime;
  return facts;
}

class Activation {
 public:
  Activation(Shell shell, const Env& env, const Services& services)
      : env_(env),
        services_(services),
        now_(view_from(env)),
        old_(inherit(state_of(env), now_, env.non_empty(kFreshVariable).has_value(),
                     shell == Shell::fish)),
        told_(Told::decode(env.get(kToldVariable).value_or(""))) {}

  Outcome run() && {
    if (is_disabled(env_)) {
      told_.clear_problem();
      leave_project();
      return finish(kNever);
    }
    const auto source = services_.find();
    if (!source) {
      return std::move(*this).broken(source.error(), nullptr);
    }
    if (!*source) {
      told_.clear_problem();
      leave_project();
      return finish(services_.through_symlink ? kUsually : kNever);
    }
    return std::move(*this).in_project(**source);
  }

 private:
  Outcome in_project(const config::Source& source) && {
    config_ = source.path.string();
    stamp_ = services_.stamp(source);
    const auto loaded = services_.load(source);
    if (!loaded) {
      return std::move(*this).broken(loaded.error(), &source);
    }
    const auto status = services_.ensure(source);
    if (!status) {
      return std::move(*this).without_daemon(status.error());
    }
    told_.clear_problem();
    for (const std::string& notice : notices_of(source, *loaded)) {
      if (told_.once(notice)) {
        notices_.push_back(notice);
      }
    }
    const Env user = environment_of(user_view(now_, old_), env_);
    take(enter(now_, old_, {config_, status->config_hash, status->supervisor_pid, {}},
               plan_environment(loaded->config, *status, user, is_gradle_set_up(user),
                                sccache_facts(loaded->config, user))));
    return finish(status->is_starting() ? kAtNextPrompt : kUsually);
  }

  // A configuration that cannot be used: what was in force stays in force.
  Outcome broken(const Error& error, const config::Source* source) && {
    report(first_line(error.message));
    const bool still_here = source == nullptr ? is_below(env_.get("PWD").value_or(""), old_)
                                              : old_.config_path == config_;
    if (still_here && !old_.records.empty() && services_.alive(old_.daemon_pid)) {
      config_ = old_.config_path;
      state_ = old_;
    } else {
      leave_project();
    }
    return finish(kUsually);
  }

  Outcome without_daemon(const Error& error) && {
    const bool same = old_.config_path == config_;
    if (error.code == Errc::timeout) {
      // It goes on starting; the ports of a project do not change, so a shell
      // that is in already may keep its variables.
      if (same && !old_.records.empty()) {
        state_ = old_;
      } else {
        leave_project();
      }
      return finish(kAtNextPrompt);
    }
    report(first_line(error.message));
    leave_project();
    return finish(kSoon);
  }

  void report(const std::string& message) {
    if (told_.problem(message)) {
      notices_.push_back(message);
    }
  }
  void take(Transition transition) {
    state_ = std::move(transition.state);
    changes_ = std::move(transition.changes);
  }
  void leave_project() {
    state_ = {};
    changes_ = leave(now_, old_);
  }

  // The state goes first: should the shell stop half-way (a variable of the user
  // is read-only), the next prompt knows what was meant.
  void add_state_change() {
    const auto current = env_.get(kStateVariable);
    if (!state_.records.empty()) {
      const std::string text = encode(state_);
      if (current != text) {
        changes_.insert(changes_.begin(), {Change::Action::set, std::string(kStateVariable), text});
      }
    } else if (current) {
      changes_.insert(changes_.begin(), {Change::Action::unset, std::string(kStateVariable), {}});
    }
  }

  Outcome finish(std::string_view wait) {
    add_state_change();
    // A daemon that answered but cannot be seen lives in another process namespace
    // (a container): the hook must not take it for dead at every prompt.
    const bool visible = !state_.records.empty() && services_.alive(state_.daemon_pid);
    const pid_t pid = visible ? state_.daemon_pid : 0;
    return {.changes = std::move(changes_),
            .hook_variables = {{"__fabrik_config", config_},
                               {"__fabrik_stamp", stamp_},
                               {"__fabrik_pid", pid == 0 ? "" : std::to_string(pid)},
                               {"__fabrik_wait", std::string(wait)},
                               {"__fabrik_told", told_.encode()}},
            .notices = std::move(notices_)};
  }

  const Env& env_;
  const Services& services_;
  const ShellView now_;
  const ShellState old_;
  Told told_;

  std::string config_;
  std::string stamp_;
  ShellState state_;
  std::vector<Change> changes_;
  std::vector<std::string> notices_;
};

}  // namespace

ShellState state_of(const Env& env) {
  const auto text = env.get(kStateVariable);
  return text ? decode(*text).value_or(ShellState{}) : ShellState{};
}

Outcome activate(Shell shell, const Env& env, const Services& services) {
  return Activation(shell, env, services).run();
}

Outcome deactivate(Shell shell, const Env& env) {
  const ShellView now = view_from(env);
  const ShellState old =
      inherit(state_of(env), now, env.non_empty(kFreshVariable).has_value(), shell == Shell::fish);
  Outcome outcome{.changes = leave(now, old), .hook_variables = {}, .notices = {}};
  if (env.get(kStateVariable)) {
    outcome.changes.insert(outcome.changes.begin(),
                           {Change::Action::unset, std::string(kStateVariable), {}});
  }
  return outcome;
}

Result<ProjectEnvironment> project_environment(const config::Source& source, const Env& env,
                                               const Services& services) {
  FABRIK_TRY(const auto loaded, services.load(source));
  FABRIK_TRY(const auto status, services.ensure(source));
  const ShellView now = view_from(env);
  const ShellState old = inherit(state_of(env), now, false, false);
  const Env user = environment_of(user_view(now, old), env);
  ProjectEnvironment result;
  result.plan = plan_environment(loaded.config, status, user, is_gradle_set_up(user),
                                 sccache_facts(loaded.config, user));
  result.notices = notices_of(source, loaded);
  result.daemon = status;
  const Transition transition = enter(
      now, old, {source.path.string(), status.config_hash, status.supervisor_pid, {}}, result.plan);
  Env::Map all = environment_of(now, env).all();
  for (const Change& change : transition.changes) {
    if (change.action == Change::Action::set) {
      all.insert_or_assign(change.name, change.value);
    } else {
      all.erase(change.name);
    }
  }
  all.insert_or_assign(std::string(kStateVariable), encode(transition.state));
  result.env = Env(std::move(all));
  return result;
}

}  // namespace fabrik::activate
