// projects/<project id>.token: the secret of a project in token mode. Made once and
// kept, so that what a shell or an IDE was given stays right over restarts.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "statefs/paths.hpp"

namespace fabrik::statefs {

// 32 lower-case hex digits (128 random bits). One that is not to be believed (torn,
// readable by others) is replaced. Call only with the daemon lock held.
Result<std::string> ensure_access_token(const Paths& paths, std::string_view project_id);

// forbidden, corrupt, not_found: there is none to believe.
Result<std::string> read_access_token(const std::filesystem::path& file);

}  // namespace fabrik::statefs
