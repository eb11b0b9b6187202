#include "cli/cache_client.hpp"

#include "activate/control_client.hpp"
#include "cli/project.hpp"

namespace fabrik::cli {
namespace {

using nlohmann::json;

// One page is a fraction of a second of work, but may have to wait for a slow disk.
constexpr std::chrono::minutes kPatience{5};

}  // namespace

Result<CacheClient> CacheClient::find(const Invocation& invocation) {
  FABRIK_TRY(const config::Source source, require_source(invocation));
  FABRIK_TRY(auto paths, statefs::paths_from(invocation.env));
  return CacheClient(std::move(paths), source.project_id(), source.path.string());
}

Result<json> CacheClient::request(std::string_view method, const std::string& target,
                                  const std::string& body) const {
  const auto reply =
      activate::control_request(paths_.worker_socket(project_id_), method, target, body, kPatience);
  if (!reply && reply.error().code == Errc::unavailable) {
    return fail(Errc::unavailable, "no daemon is running for " + config_path_ +
                                       "; enter the project in a shell with the hook, or run "
                                       "`fabrik exec true` there");
  }
  if (!reply) {
    return fail(reply.error());
  }
  json answer = json::parse(reply->body, nullptr, false);
  if (!answer.is_object()) {
    return fail(Errc::internal, "the worker's answer to " + target + " is not JSON");
  }
  if (reply->status != 200) {
    const std::string why = text_of(answer, "error");
    const Errc code = reply->status == 400   ? Errc::invalid_argument
                      : reply->status == 404 ? Errc::not_found
                      : reply->status == 409 ? Errc::conflict
                      : reply->status == 503 ? Errc::unavailable
                                             : Errc::io;
    return fail(code,
                why.empty() ? "the worker answered with " + std::to_string(reply->status) : why);
  }
  return answer;
}

Result<json> CacheClient::ask(std::string_view action, const json& body) const {
  return request("POST", "/v1/cache/" + std::string(action),
                 body.dump(-1, ' ', false, json::error_handler_t::replace));
}

Result<void> CacheClient::ask_all(std::string_view action, json body,
                                  const std::function<bool(const json& page)>& visit) const {
  for (;;) {
    FABRIK_TRY(const json page, ask(action, body));
    const auto next = page.find("next");
    if (!visit(page) || next == page.end() || next->is_null()) {
      return {};
    }
    body["from"] = *next;
  }
}

Result<json> CacheClient::store_stats() const {
  FABRIK_TRY(const json stats, request("GET", "/v1/stats", ""));
  const auto store = stats.find("store");
  return store != stats.end() ? *store : json::object();
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t count_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

}  // namespace fabrik::cli
