#include "adapters/oci/errors.hpp"

#include <nlohmann/json.hpp>

namespace fabrik::adapters {

Answer oci_error(unsigned status, std::string_view code, std::string_view message) {
  const nlohmann::json error = {{"code", std::string(code)}, {"message", std::string(message)}};
  const nlohmann::json body = {{"errors", nlohmann::json::array({error})}};
  Answer answer;
  answer.response.status = status;
  answer.response.headers.set("Content-Type", "application/json");
  answer.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return answer;
}

Answer oci_blob_unknown() {
  return oci_error(404, "BLOB_UNKNOWN", "this repository has no such blob");
}
Answer oci_manifest_unknown() {
  return oci_error(404, "MANIFEST_UNKNOWN", "this repository has no such manifest");
}
Answer oci_upload_unknown() {
  return oci_error(404, "BLOB_UPLOAD_UNKNOWN",
                   "no such upload: it ended, was idle for too long, or the cache was restarted; "
                   "begin again");
}
Answer oci_name_unknown() {
  return oci_error(404, "NAME_UNKNOWN", "no such repository");
}
Answer oci_digest_invalid(std::string_view text) {
  return oci_error(400, "DIGEST_INVALID",
                   "\"" + std::string(text) + "\" is not sha256: and 64 lower-case hex digits");
}
Answer oci_not_allowed(std::string_view allow) {
  Answer answer = oci_error(405, "UNSUPPORTED", "the method is not allowed here");
  answer.response.headers.set("Allow", allow);
  return answer;
}

}  // namespace fabrik::adapters
