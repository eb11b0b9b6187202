#include "activate/gradle_home.hpp"

namespace fs = std::filesystem;

namespace fabrik::activate {

Result<fs::path> gradle_user_home(const Env& env) {
  if (const auto home = env.non_empty("GRADLE_USER_HOME")) {
    return fs::absolute(*home);
  }
  if (const auto home = env.non_empty("HOME")) {
    return fs::path(*home) / ".gradle";
  }
  return fail(Errc::invalid_argument,
              "find the Gradle user home: neither GRADLE_USER_HOME nor HOME is set; pass "
              "--gradle-user-home DIR");
}

fs::path gradle_script_path(const fs::path& gradle_user_home) {
  return gradle_user_home / "init.d" / "fabrik.gradle";
}

bool is_gradle_set_up(const Env& env) {
  const auto home = gradle_user_home(env);
  std::error_code error;
  return home && fs::exists(gradle_script_path(*home), error);
}

}  // namespace fabrik::activate
