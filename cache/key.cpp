#include "cache/key.hpp"

namespace fabrik::cache {

std::string_view name(Space space) {
  switch (space) {
    case Space::gradle:
      return "gradle";
    case Space::nx:
      return "nx";
    case Space::turborepo:
      return "turborepo";
    case Space::plain_http:
      return "plain_http";
    case Space::bazel:
      return "bazel";
    case Space::cas:
      return "cas";
    case Space::s3:
      return "s3";
    case Space::oci:
      return "oci";
    case Space::vite_plus:
      return "vite_plus";
    case Space::maven:
      return "maven";
    case Space::moon:
      return "moon";
    case Space::assets:
      return "assets";
  }
  return "unknown";
}

}  // namespace fabrik::cache
