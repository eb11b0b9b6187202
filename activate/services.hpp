// The Services of activation.hpp for this process.
#pragma once

#include <chrono>
#include <filesystem>

#include "activate/activation.hpp"
#include "base/env.hpp"

namespace fabrik::activate {

// For the current directory (config::select_source). `executable` is run as supervisor when a
// daemon has to be started. `deadline`: how long starting it may take. `env` must outlive the
// result.
Services services_for(const Env& env, const std::filesystem::path& executable,
                      std::chrono::milliseconds deadline);

}  // namespace fabrik::activate
