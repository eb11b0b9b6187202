// What S3 calls its failures, and what they look like on the wire.
// Source: Amazon S3 API Reference, "Error Responses".
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "adapters/shared/answer.hpp"

namespace fabrik::adapters {

enum class S3Code {
  access_denied,
  authorization_header_malformed,
  bad_digest,
  bucket_not_empty,
  content_sha256_mismatch,
  incomplete_body,
  internal_error,
  invalid_access_key_id,
  invalid_argument,
  invalid_bucket_name,
  invalid_digest,
  invalid_part,
  invalid_part_order,
  invalid_range,
  invalid_request,
  invalid_uri,
  key_too_long,
  malformed_xml,
  metadata_too_large,
  method_not_allowed,
  no_such_key,
  no_such_upload,
  not_implemented,
  precondition_failed,
  request_time_too_skewed,
  signature_does_not_match,
  slow_down,
};

struct S3Error {
  S3Code code = S3Code::internal_error;
  std::string message;
};

template <class T>
using S3Result = std::expected<T, S3Error>;

inline std::unexpected<S3Error> s3_fail(S3Code code, std::string message) {
  return std::unexpected(S3Error{code, std::move(message)});
}

struct S3CodeInfo {
  unsigned status;
  std::string_view name;  // "NoSuchKey"
};
const S3CodeInfo& describe(S3Code code);

// The XML document with its status. `resource` is the path that was asked for.
Answer s3_failure(const S3Error& error, std::string_view resource);

// A status with this XML document, for which the declaration is added.
Answer xml_answer(std::string_view xml, unsigned status = 200);

}  // namespace fabrik::adapters
