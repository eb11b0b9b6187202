#include "daemon/arguments.hpp"

#include <charconv>
#include <functional>
#include <map>

namespace fabrik::daemon {
namespace {

template <class Int>
Result<Int> parse_number(const std::string& option, std::string_view text) {
  Int number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) {
    return fail(Errc::invalid_argument,
                option + ": \"" + std::string(text) + "\" is not a number in range");
  }
  return number;
}

// How each option that takes a value stores it.
using Setter = std::function<Result<void>(WorkerArguments&, const std::string& option,
                                          const std::string& value)>;

template <class Field>
Setter text(Field WorkerArguments::* field) {
  return [field](WorkerArguments& arguments, const std::string&, const std::string& value) {
    arguments.*field = value;
    return Result<void>{};
  };
}

Setter descriptor(int WorkerArguments::* field) {
  return [field](WorkerArguments& arguments, const std::string& option,
                 const std::string& value) -> Result<void> {
    FABRIK_TRY(arguments.*field, parse_number<int>(option, value));
    return {};
  };
}

Setter port(std::optional<std::uint16_t> WorkerArguments::* field) {
  return [field](WorkerArguments& arguments, const std::string& option,
                 const std::string& value) -> Result<void> {
    FABRIK_TRY(arguments.*field, parse_number<std::uint16_t>(option, value));
    return {};
  };
}

const std::map<std::string, Setter, std::less<>>& options() {
  static const std::map<std::string, Setter, std::less<>> kOptions = {
      {"--config", text(&WorkerArguments::config)},
      {"--config-path", text(&WorkerArguments::config_path)},
      {"--project-id", text(&WorkerArguments::project_id)},
      {"--state-dir", text(&WorkerArguments::state_dir)},
      {"--cache-dir-default", text(&WorkerArguments::cache_dir_default)},
      {"--token-file", text(&WorkerArguments::token_file)},
      {"--http-fd", descriptor(&WorkerArguments::http_fd)},
      {"--grpc-fd", descriptor(&WorkerArguments::grpc_fd)},
      {"--admin-fd", descriptor(&WorkerArguments::admin_fd)},
      {"--ready-fd", descriptor(&WorkerArguments::ready_fd)},
      {"--http-port", port(&WorkerArguments::http_port)},
      {"--grpc-port", port(&WorkerArguments::grpc_port)},
      {"--admin-socket", text(&WorkerArguments::admin_socket)},
  };
  return kOptions;
}

Result<void> check(const WorkerArguments& arguments) {
  if (arguments.http_fd < 0 && !arguments.http_port) {
    return fail(Errc::invalid_argument, "one of --http-fd and --http-port is needed");
  }
  if (arguments.cache_dir_default.empty()) {
    return fail(Errc::invalid_argument, "--cache-dir-default is needed");
  }
  if (!arguments.config.empty() && arguments.config_path.empty()) {
    return fail(Errc::invalid_argument, "--config needs --config-path");
  }
  return {};
}

}  // namespace

Result<Arguments> parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  if (words.empty()) {
    arguments.action = Action::help;
    return arguments;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "--version" || words[0] == "-V") {
    arguments.action = words[0] == "--help" || words[0] == "-h" ? Action::help : Action::version;
    return arguments;
  }
  if (words[0] != "worker") {
    return fail(Errc::invalid_argument, "\"" + words[0] + "\" is not a command; see --help");
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--trusted") {
      arguments.worker.trusted = true;
      continue;
    }
    if (words[i] == "--foreground") {
      arguments.worker.foreground = true;
      continue;
    }
    const auto option = options().find(words[i]);
    if (option == options().end()) {
      return fail(Errc::invalid_argument, "\"" + words[i] + "\" is not an option; see --help");
    }
    if (i + 1 == words.size()) {
      return fail(Errc::invalid_argument, words[i] + " needs a value");
    }
    ++i;
    FABRIK_CHECK(option->second(arguments.worker, option->first, words[i]));
  }
  FABRIK_CHECK(check(arguments.worker));
  return arguments;
}

std::string_view usage() {
  return
      R"(fabrikd is the worker behind `fabrik`; you do not need to run it yourself.

usage: fabrikd worker --cache-dir-default DIR (--http-fd N | --http-port N) [options]
       fabrikd --version | --help

  --config FILE            configuration to read (a snapshot)
  --config-path FILE       where that configuration lives: relative paths refer to it
  --project-id ID          whose worker this is, for messages
  --state-dir DIR          log to DIR/log/worker.log (default: to stderr)
  --cache-dir-default DIR  the store, unless the configuration names one
  --token-file FILE        the secret that clients present in token mode
  --http-fd N              listening TCP socket to serve
  --grpc-fd N              listening TCP socket for gRPC
  --admin-fd N             listening Unix socket for health and statistics
  --ready-fd N             where the line goes that says how the start went
  --trusted                privileged configuration keys count
  --foreground             log to stderr, too
  --http-port N            open 127.0.0.1:N ourselves (0: any port)
  --grpc-port N            likewise, for gRPC
  --admin-socket PATH      open the Unix socket ourselves
)";
}

}  // namespace fabrik::daemon
