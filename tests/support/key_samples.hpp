// For every key of the configuration: a name without "*", valid values, and a
// place in a file.
#pragma once

#include <array>
#include <string>

#include "config/keys.hpp"
#include "config/value.hpp"

namespace fabrik::testing {

inline std::string concrete_name(const config::Key& key) {
  std::string name(key.name);
  if (const auto star = name.find('*'); star != std::string::npos) {
    name.replace(star, 1, name.starts_with("upstream") ? "0" : "nx");
  }
  return name;
}

// Three valid values, as environment variables write them; neighbours differ.
inline std::array<std::string, 3> sample_values(const config::Key& key) {
  using config::Type;
  const auto choices = config::words(key.choices);
  switch (key.type) {
    case Type::boolean:
      return {"true", "false", "true"};
    case Type::integer:
      return {"2", "3", "4"};
    case Type::size:
      return {"2MB", "3MB", "4MB"};
    case Type::duration:
      return {"2s", "3s", "4s"};
    case Type::list:
      if (choices.empty()) {
        return {"one", "two", "three"};
      }
      [[fallthrough]];
    case Type::choice:
      return {std::string(choices[0]), std::string(choices[1]), std::string(choices[0])};
    case Type::parts:
      return {"gradle", "s3/one", "*"};
    case Type::quotas:
      return {"gradle=1GB", "s3/one=2MB", "*=3GB"};
    case Type::url: {
      const std::string scheme(choices[0]);
      return {scheme + "://one", scheme + "://two", scheme + "://three"};
    }
    case Type::address:
      return {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"};
    default:
      return {"value number one", "value number two", "value number three"};
  }
}

}  // namespace fabrik::testing
