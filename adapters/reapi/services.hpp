// All services of the Remote Execution API, as the daemon offers them.
#pragma once

#include <memory>
#include <vector>

#include "adapters/adapters.hpp"
#include "net/rpc.hpp"

namespace fabrik::adapters::reapi {

class Services {
 public:
  // All of `context` must outlive it. `zstd`: offer compression (worth it beyond
  // loopback only).
  Services(const AdapterContext& context, bool zstd);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  std::vector<net::RpcService*> all() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fabrik::adapters::reapi
