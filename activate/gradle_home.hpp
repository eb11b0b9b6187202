// Where Gradle keeps its settings, and fabrik's init script among them.
#pragma once

#include <filesystem>

#include "base/env.hpp"
#include "base/result.hpp"

namespace fabrik::activate {

// $GRADLE_USER_HOME, or ~/.gradle. invalid_argument when neither it nor HOME is set.
Result<std::filesystem::path> gradle_user_home(const Env& env);

// <gradle user home>/init.d/fabrik.gradle, the file `fabrik setup gradle` installs.
std::filesystem::path gradle_script_path(const std::filesystem::path& gradle_user_home);

// Has this user run `fabrik setup gradle`? One stat(2).
bool is_gradle_set_up(const Env& env);

}  // namespace fabrik::activate
