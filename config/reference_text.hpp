// The hand-written part of docs/configuration.md.
#pragma once

#include <string_view>

namespace fabrik::config {

extern const std::string_view kReferenceIntroduction;

}  // namespace fabrik::config
