#include "net/caller.hpp"

namespace fabrik::net {

std::string_view name(Scope scope) {
  switch (scope) {
    case Scope::read:
      return "cache:read";
    case Scope::write:
      return "cache:write";
    case Scope::admin:
      return "cache:admin";
  }
  return "cache:read";
}

}  // namespace fabrik::net
