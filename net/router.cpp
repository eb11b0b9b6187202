#include "net/router.hpp"

namespace fabrik::net {

std::optional<Scope> HttpAdapter::needs(const Request& request) const {
  const bool looks = request.method == Method::get || request.method == Method::head ||
                     request.method == Method::options;
  return looks ? Scope::read : Scope::write;
}

HttpAdapter* Router::find(const Request& request) const {
  for (HttpAdapter* adapter : adapters_) {
    if (adapter->claims(request)) {
      return adapter;
    }
  }
  return nullptr;
}

}  // namespace fabrik::net
