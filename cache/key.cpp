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
  }
  return "unknown";
}

}  // namespace fabrik::cache
