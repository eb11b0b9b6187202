// A real upload and download along every build tool's own way into the cache.
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/units.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/http_probe.hpp"

namespace fabrik::cli::doctor {
namespace {

constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(5);

struct Route {
  std::string_view tool;
  std::string_view before;  // the target around a key of 40 hex digits
  std::string_view after = {};
  bool bearer = false;  // the tool sends a token
};

constexpr Route kRoutes[] = {
    {.tool = "gradle", .before = "/cache/"},
    {.tool = "nx", .before = "/v1/cache/", .bearer = true},
    {.tool = "turborepo",
     .before = "/v8/artifacts/",
     .after = "?slug=fabrik-doctor",
     .bearer = true},
    {.tool = "ccache", .before = "/ccache/fabrik-doctor/"},
    {.tool = "rush", .before = "/rush/"},
};

// Different in every run: an old entry must not look like a successful upload.
std::string fresh_text(std::string_view tool) {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return std::string(tool) + " " + std::to_string(::getpid()) + " " + std::to_string(now);
}

ProbeRequest request_for(const Route& route, std::string method, const std::string& key) {
  ProbeRequest request{.method = std::move(method),
                       .target = std::string(route.before) + key + std::string(route.after)};
  request.headers.emplace_back("Content-Type", "application/octet-stream");
  if (route.bearer) {
    request.headers.emplace_back("Authorization", "Bearer fabrik");
  }
  return request;
}

// Empty when the bytes came back.
std::string problem_of(const Route& route, const HttpEndpoint& cache) {
  const std::string content = fresh_text(route.tool);
  const std::string key = sha256(as_bytes(content)).hex().substr(0, 40);
  ProbeRequest put = request_for(route, "PUT", key);
  put.body = content;
  const auto stored = http_probe(cache, put, kTimeout);
  if (!stored) {
    return "PUT: " + stored.error().message;
  }
  if (stored->status < 200 || stored->status > 299) {
    return "PUT is answered with HTTP status " + std::to_string(stored->status);
  }
  const auto found = http_probe(cache, request_for(route, "GET", key), kTimeout);
  if (!found) {
    return "GET: " + found.error().message;
  }
  if (found->status != 200) {
    return "what was stored is not found again (HTTP status " + std::to_string(found->status) + ")";
  }
  return found->body == content ? "" : "other bytes come back than were stored";
}

Finding check_route(const Route& route, const HttpEndpoint& cache) {
  const auto start = std::chrono::steady_clock::now();
  const std::string problem = problem_of(route, cache);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  const std::string subject = std::string(route.tool) + " cache";
  if (problem.empty()) {
    return {Level::good, subject, "stored and read back in " + format_duration(took)};
  }
  return {Level::bad, subject, problem,
          "`fabrik logs --worker` says why; free disk space or `fabrik restart` may help"};
}

}  // namespace

Findings check_routes(const Patient& patient) {
  const StatusReport& report = patient.report;
  Findings findings;
  if (!report.daemon) {
    return findings;
  }
  auto cache = HttpEndpoint::loopback(report.daemon->http_port);
  cache.token = report.daemon->access_token;
  for (const Route& route : kRoutes) {
    if (report.config.build_tools.is_enabled(route.tool)) {
      findings.push_back(check_route(route, cache));
    }
  }
  return findings;
}

}  // namespace fabrik::cli::doctor
