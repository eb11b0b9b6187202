// A real upload and download along every build tool's own way into the cache.
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/units.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/http_probe.hpp"

namespace fabrik::cli::doctor {
namespace {

constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(5);

// One upload and one download, as the tool itself would ask.
struct Exchange {
  ProbeRequest upload;
  ProbeRequest download;
  std::string answer = {};  // what the download must bring
};

// What a way into the cache is tried with: text that is different in every run,
// because an old entry must not look like a successful upload.
struct Sample {
  std::string text;
  std::string digest;  // SHA-256 of it in hex
  std::string bucket;  // the project's own
};

// Both requests go to the same place.
Exchange at(const std::string& target, const Sample& sample) {
  return {
      {.method = "PUT", .target = target, .body = sample.text}, {.target = target}, sample.text};
}

Exchange nx(const Sample& sample) {
  return at("/v1/cache/" + sample.digest.substr(0, 40), sample);
}

Exchange turborepo(const Sample& sample) {
  return at("/v8/artifacts/" + sample.digest.substr(0, 40) + "?slug=fabrik-doctor", sample);
}

Exchange s3(const Sample& sample) {
  return at("/s3/" + sample.bucket + "/fabrik-doctor/" + sample.digest, sample);
}

// Content that is named by its digest, in a namespace of its own.
Exchange bazel(const Sample& sample) {
  return at("/fabrik-doctor/cas/" + sample.digest, sample);
}

Exchange buildkit(const Sample& sample) {
  const std::string blobs = "/v2/fabrik-doctor/blobs/";
  const std::string digest = "sha256:" + sample.digest;
  Exchange exchange = at(blobs + digest, sample);
  exchange.upload.method = "POST";
  exchange.upload.target = blobs + "uploads/?digest=" + digest;
  return exchange;
}

Exchange vite_plus(const Sample& sample) {
  using Json = nlohmann::json;
  const auto text_of = [](const Json& json) {
    const std::vector<std::uint8_t> bytes = Json::to_cbor(json);
    return std::string(bytes.begin(), bytes.end());
  };
  const Json key =
      Json::binary(std::vector<std::uint8_t>(sample.digest.begin(), sample.digest.end()));
  const std::string boundary = "fabrik-doctor";
  const std::string line = "--" + boundary;
  const std::string metadata = text_of({{"key", key}, {"value", sample.text}});
  return {{.method = "POST",
           .target = "/vite-plus/store",
           .headers = {{"Content-Type", "multipart/form-data; boundary=" + boundary}},
           .body = line + "\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" +
                   metadata + "\r\n" + line + "\r\nContent-Disposition: form-data; name=\"blob\"" +
                   "; filename=\"blob\"\r\n\r\n" + sample.text + "\r\n" + line + "--\r\n"},
          {.target = "/vite-plus/blob/" + sample.digest},
          sample.text};
}

struct Route {
  std::string_view tool;
  Exchange (*exchange)(const Sample&);
  bool bearer = false;  // the tool sends a token, whether one is asked for or not
};

constexpr Route kRoutes[] = {
    {"gradle",
     [](const Sample& sample) { return at("/cache/" + sample.digest.substr(0, 32), sample); }},
    {"nx", nx, true},
    {"turborepo", turborepo, true},
    {"ccache",
     [](const Sample& sample) { return at("/ccache/fabrik-doctor/" + sample.digest, sample); }},
    {"sccache", s3},
    {"rush", [](const Sample& sample) { return at("/rush/" + sample.digest, sample); }},
    {"bazel", bazel},
    {"moon", bazel},
    {"vite-plus", vite_plus},
    {"maven",
     [](const Sample& sample) { return at("/maven/fabrik-doctor/" + sample.digest, sample); }},
    {"buildkit", buildkit},
};

Sample fresh_sample(std::string_view tool, const std::string& project_id) {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  std::string text =
      std::string(tool) + " " + std::to_string(::getpid()) + " " + std::to_string(now);
  std::string digest = sha256(as_bytes(text)).hex();
  return {std::move(text), std::move(digest), "fabrik-" + project_id};
}

ProbeRequest as_sent(ProbeRequest request, bool with_token) {
  if (request.headers.empty()) {
    request.headers.emplace_back("Content-Type", "application/octet-stream");
  }
  if (with_token) {
    request.headers.emplace_back("Authorization", "Bearer fabrik");
  }
  return request;
}

// Empty when the bytes came back.
std::string problem_of(const Exchange& exchange, const HttpEndpoint& cache, bool bearer) {
  const bool with_token = bearer && cache.token.empty();  // the endpoint's own comes first
  const auto stored = http_probe(cache, as_sent(exchange.upload, with_token), kTimeout);
  if (!stored) {
    return exchange.upload.method + ": " + stored.error().message;
  }
  if (stored->status < 200 || stored->status > 299) {
    return exchange.upload.method + " is answered with HTTP status " +
           std::to_string(stored->status);
  }
  const auto found = http_probe(cache, as_sent(exchange.download, with_token), kTimeout);
  if (!found) {
    return "GET: " + found.error().message;
  }
  if (found->status != 200) {
    return "what was stored is not found again (HTTP status " + std::to_string(found->status) + ")";
  }
  return found->body == exchange.answer ? "" : "other bytes come back than were stored";
}

Finding check_route(const Route& route, const std::string& project_id, const HttpEndpoint& cache) {
  const Exchange exchange = route.exchange(fresh_sample(route.tool, project_id));
  const auto start = std::chrono::steady_clock::now();
  const std::string problem = problem_of(exchange, cache, route.bearer);
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
    if (!report.config.build_tools.is_enabled(route.tool)) {
      continue;
    }
    if (route.tool == "sccache" && report.config.build_tools.sccache.credentials_required) {
      findings.push_back({Level::note, "sccache cache", "not tried: requests must be signed"});
    } else {
      findings.push_back(check_route(route, report.daemon->project_id, cache));
    }
  }
  return findings;
}

}  // namespace fabrik::cli::doctor
