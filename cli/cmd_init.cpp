#include <fcntl.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/fs.hpp"
#include "cli/commands.hpp"
#include "cli/project.hpp"
#include "cli/status_json.hpp"
#include "config/generate.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"

namespace fabrik::cli {
namespace {

constexpr Option kOptions[] = {
    {.name = "non-interactive", .letter = 'y', .help = "Ask nothing"},
    {.name = "cache-dir",
     .value = "DIR",
     .help = "Where artefacts are kept; relative to the project"},
    {.name = "max-cache-size", .value = "SIZE", .help = "Budget on disk, like 5GB"},
    {.name = "force", .letter = 'f', .help = "Replace an existing fabrik.toml"},
    kJsonOption,
};

// An answer somebody gave, and the key it is for.
struct Question {
  std::string_view option;
  std::string_view key;
  std::string_view prompt;
};

constexpr Question kQuestions[] = {
    {"cache-dir", "cache.dir", "Cache directory (empty: below your cache home)"},
    {"max-cache-size", "cache.max_size", "Largest size of the cache (empty: 5GB)"},
};

using Values = std::map<std::string, std::string, std::less<>>;

Result<void> check(const Question& question, const std::string& text) {
  const auto value = config::from_text(*config::find_key(question.key), text);
  if (!value) {
    return fail(Errc::invalid_argument, "--" + std::string(question.option) + " " +
                                            config::quote(text) + ": " + value.error().message);
  }
  return {};
}

std::string ask(const Invocation& invocation, const Question& question) {
  std::string answer;
  for (;;) {
    invocation.out << question.prompt << ": " << std::flush;
    if (!std::getline(std::cin, answer) || answer.empty()) {
      return "";
    }
    const auto checked = check(question, answer);
    if (checked) {
      return answer;
    }
    invocation.err << checked.error().message << "\n";
  }
}

Result<Values> values_for(const Invocation& invocation) {
  const bool may_ask = !invocation.has("non-interactive") && !invocation.has("json") &&
                       invocation.out_is_terminal && ::isatty(STDIN_FILENO);
  Values values;
  for (const Question& question : kQuestions) {
    std::string text = invocation.value(question.option);
    if (invocation.has(question.option)) {
      FABRIK_CHECK(check(question, text));
    } else if (may_ask) {
      text = ask(invocation, question);
    }
    if (!text.empty()) {
      values.emplace(question.key, std::move(text));
    }
  }
  return values;
}

Result<void> write_new(const std::filesystem::path& path, const std::string& content) {
  auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!file) {
    return fail(std::move(file).error());
  }
  if (auto written = write_all(file->get(), content); !written) {
    ::unlink(path.c_str());
    return fail(std::move(written).error().with_context("write " + path.string()));
  }
  return {};
}

Result<int> run_init(const Invocation& invocation) {
  if (!invocation.arguments.empty()) {
    return fail(Errc::invalid_argument, "takes no arguments; it works in the current directory");
  }
  std::error_code error;
  const auto directory = std::filesystem::current_path(error);
  if (error) {
    return fail(errno_error("find the working directory", error.value()));
  }
  config::Source source;
  source.path = directory / "fabrik.toml";
  std::error_code ignored;
  const bool exists =
      std::filesystem::exists(std::filesystem::symlink_status(source.path, ignored));
  if (exists && !invocation.has("force")) {
    return fail(Errc::conflict, source.path.string() + " exists already; --force replaces it");
  }
  FABRIK_TRY(const Values values, values_for(invocation));
  source.content = config::generate_with(values);
  FABRIK_TRY(const auto loaded, config::load(&source, Env(), {}, config::Trust::trusted));
  FABRIK_CHECK(exists ? write_file_atomically(source.path, source.content, 0644)
                      : write_new(source.path, source.content));
  const auto restricted = config::load(&source, invocation.env, {}, config::Trust::restricted);
  if (invocation.has("json")) {
    invocation.out << dump_json({{"config_path", source.path.string()},
                                 {"needs_trust", restricted && !restricted->ignored_keys.empty()}});
    return kExitOk;
  }
  invocation.out << "Wrote " << source.path.string() << "\n";
  if (restricted && !restricted->ignored_keys.empty()) {
    invocation.out << "cache.dir lies outside the project: it counts after `fabrik trust`.\n";
  } else if (loaded.config.cache.dir.is_relative() && !loaded.config.cache.dir.empty()) {
    invocation.out << "Keep " << loaded.config.cache.dir.string() << " out of version control.\n";
  }
  invocation.out << "The hook serves this project as soon as you enter it: see `fabrik activate "
                    "--help`.\n";
  return kExitOk;
}

}  // namespace

const Command kInitCommand = {
    .name = "init",
    .arguments = "",
    .summary = "Make the current directory a project: write fabrik.toml",
    .details =
        "Writes a commented fabrik.toml with the given values. An existing one is never touched\n"
        "without --force. Asks for what was not given, unless standard input or output is no\n"
        "terminal.\n"
        "\n"
        "    fabrik init --max-cache-size 20GB\n",
    .options = kOptions,
    .run = run_init,
};

}  // namespace fabrik::cli
