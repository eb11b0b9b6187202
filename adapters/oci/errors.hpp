// Refusals as OCI clients read them: a status and a JSON list of errors.
// Source: distribution-spec 1.1, "Error codes".
#pragma once

#include <string_view>

#include "adapters/shared/answer.hpp"

namespace fabrik::adapters {

// {"errors":[{"code":...,"message":...}]}; `code` as in the specification. Messages
// may hold any bytes.
Answer oci_error(unsigned status, std::string_view code, std::string_view message);

Answer oci_blob_unknown();
Answer oci_manifest_unknown();
Answer oci_upload_unknown();
Answer oci_name_unknown();
Answer oci_digest_invalid(std::string_view text);
// 405 with the methods that are allowed.
Answer oci_not_allowed(std::string_view allow);

}  // namespace fabrik::adapters
