#include "net/router.hpp"

namespace fabrik::net {

HttpAdapter* Router::find(const Request& request) const {
  for (HttpAdapter* adapter : adapters_) {
    if (adapter->claims(request)) {
      return adapter;
    }
  }
  return nullptr;
}

}  // namespace fabrik::net
