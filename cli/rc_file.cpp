#include "cli/rc_file.hpp"

#include <algorithm>

#include "base/fs.hpp"

namespace fabrik::cli {
namespace {

using std::filesystem::path;

bool has_hook(const path& file) {
  const auto text = read_file(file);
  return text && mentions_hook(*text);
}

// The first is where the hook belongs.
std::vector<path> candidates(std::string_view shell, const path& home, const Env& env) {
  if (shell == "bash") {
    return {home / ".bashrc", home / ".bash_profile", home / ".bash_login", home / ".profile"};
  }
  if (shell == "zsh") {
    const path dir = env.non_empty("ZDOTDIR").value_or(home.string());
    return {dir / ".zshrc", dir / ".zshenv", dir / ".zprofile", dir / ".zlogin"};
  }
  const path dir = path(env.non_empty("XDG_CONFIG_HOME").value_or(home / ".config")) / "fish";
  std::vector<path> files = {dir / "config.fish"};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "conf.d", error)) {
    if (entry.path().extension() == ".fish") {
      files.push_back(entry.path());
    }
  }
  return files;
}

}  // namespace

bool mentions_hook(std::string_view rc_text) {
  while (!rc_text.empty()) {
    const std::size_t end = std::min(rc_text.find('\n'), rc_text.size());
    std::string_view line = rc_text.substr(0, end);
    rc_text.remove_prefix(std::min(end + 1, rc_text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.starts_with('#') && line.find("fabrik activate") != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

std::optional<RcFile> find_rc_file(const Env& env) {
  const auto home = env.non_empty("HOME");
  RcFile rc{.shell = path(env.non_empty("SHELL").value_or("")).filename().string()};
  if (!home || (rc.shell != "bash" && rc.shell != "zsh" && rc.shell != "fish")) {
    return std::nullopt;
  }
  const auto files = candidates(rc.shell, *home, env);
  const auto found = std::ranges::find_if(files, has_hook);
  rc.has_hook = found != files.end();
  rc.file = rc.has_hook ? *found : files.front();
  rc.line = rc.shell == "fish" ? "fabrik activate fish | source"
                               : "eval \"$(fabrik activate " + rc.shell + ")\"";
  return rc;
}

}  // namespace fabrik::cli
