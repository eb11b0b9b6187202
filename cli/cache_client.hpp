// Asks a project's worker about its cache: POST /v1/cache/<action>, again and again
// while the answer names a "next" (docs/control-protocol.md).
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/command.hpp"
#include "statefs/paths.hpp"

namespace fabrik::cli {

class CacheClient {
 public:
  // The project of this command line. Errors when there is none.
  static Result<CacheClient> find(const Invocation& invocation);

  // unavailable: no daemon is running; the message says how to start one. The
  // error of a worker that refuses is its own.
  Result<nlohmann::json> ask(std::string_view action, const nlohmann::json& request) const;
  // Every page, until `visit` answers false.
  Result<void> ask_all(std::string_view action, nlohmann::json request,
                       const std::function<bool(const nlohmann::json& page)>& visit) const;
  // The "store" of GET /v1/stats.
  Result<nlohmann::json> store_stats() const;

 private:
  CacheClient(statefs::Paths paths, std::string project_id, std::string config_path)
      : paths_(std::move(paths)),
        project_id_(std::move(project_id)),
        config_path_(std::move(config_path)) {}
  Result<nlohmann::json> request(std::string_view method, const std::string& target,
                                 const std::string& body) const;

  statefs::Paths paths_;
  std::string project_id_;
  std::string config_path_;
};

// Members of an answer, "" or 0 when missing or of another type.
std::string text_of(const nlohmann::json& object, const char* name);
std::uint64_t count_of(const nlohmann::json& object, const char* name);

}  // namespace fabrik::cli
