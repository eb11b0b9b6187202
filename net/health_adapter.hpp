// The two fixed routes of every cache port: GET (or HEAD) /health and /status.
#pragma once

#include <functional>
#include <string>

#include "net/http_exchange.hpp"

namespace fabrik::net {

// Always answers 200: `/status` is how some clients (moon) decide whether to use
// the cache at all, and a degraded cache still serves misses. The body says more.
class HealthAdapter final : public HttpAdapter {
 public:
  // Empty: healthy. Otherwise one line on what is wrong. Called from any thread.
  using Problem = std::function<std::string()>;

  explicit HealthAdapter(Problem problem) : problem_(std::move(problem)) {}

  std::string_view name() const override { return "health"; }
  bool claims(const Request& request) const override;
  std::optional<Scope> needs(const Request&) const override { return std::nullopt; }
  Task<void> handle(HttpExchange& exchange) override;

 private:
  Problem problem_;
};

}  // namespace fabrik::net
