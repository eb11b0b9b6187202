#include "cli/service/user_manager.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "cli/child.hpp"

namespace fabrik::cli::service {
namespace {

constexpr std::chrono::seconds kPatience{30};

Result<Child::Ending> systemctl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"systemctl", "--user"});
  auto child = Child::start(arguments);
  if (!child) {
    return fail(Errc::unavailable, "there is no systemctl here");
  }
  auto ended = child->ending(std::chrono::steady_clock::now() + kPatience);
  if (!ended) {
    return fail(Errc::timeout, "systemctl --user does not answer");
  }
  return *std::move(ended);
}

// On one line, without the line break at the end.
std::string words_of(std::string text) {
  text.erase(text.find_last_not_of(" \n") + 1);
  std::ranges::replace(text, '\n', ' ');
  return text;
}

Result<void> run(std::vector<std::string> arguments) {
  const std::string what = "systemctl --user " + arguments.front();
  FABRIK_TRY(const auto ended, systemctl(std::move(arguments)));
  if (ended.status != 0) {
    return fail(Errc::unavailable, what + ": " + words_of(ended.text));
  }
  return {};
}

// What it answers is one word; anything else is a complaint.
std::string ask(std::string_view question, std::string_view unit) {
  const auto ended = systemctl({std::string(question), std::string(unit)});
  const std::string word = ended ? words_of(ended->text) : "";
  const bool is_word = !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
    return std::isalpha(c) != 0 || c == '-';
  });
  return is_word ? word : "unknown";
}

}  // namespace

Result<void> reload() {
  return run({"daemon-reload"});
}

Result<void> start(std::string_view unit) {
  FABRIK_CHECK(run({"enable", std::string(unit)}));
  return run({"restart", std::string(unit)});
}

void stop(std::string_view unit) {
  (void)run({"disable", "--now", std::string(unit)});
}

std::string enablement(std::string_view unit) {
  return ask("is-enabled", unit);
}

std::string activity(std::string_view unit) {
  return ask("is-active", unit);
}

}  // namespace fabrik::cli::service
