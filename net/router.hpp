// Which adapter answers a request.
#pragma once

#include <span>
#include <vector>

#include "net/http_exchange.hpp"

namespace fabrik::net {

// Immutable after construction, so any thread may ask. Adapters are borrowed and
// must outlive the router.
class Router {
 public:
  explicit Router(std::vector<HttpAdapter*> adapters) : adapters_(std::move(adapters)) {}

  // The first adapter that claims the request; nullptr: nobody does.
  HttpAdapter* find(const Request& request) const;

 private:
  std::vector<HttpAdapter*> adapters_;
};

}  // namespace fabrik::net
