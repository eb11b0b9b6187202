#include "adapters/s3/error.hpp"

#include <array>

#include "adapters/s3/xml.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

struct Row {
  S3Code code;
  S3CodeInfo info;
};

// In the order of the codes.
constexpr std::array kRows = {
    Row{S3Code::access_denied, {403, "AccessDenied"}},
    Row{S3Code::authorization_header_malformed, {400, "AuthorizationHeaderMalformed"}},
    Row{S3Code::bad_digest, {400, "BadDigest"}},
    Row{S3Code::bucket_not_empty, {409, "BucketNotEmpty"}},
    Row{S3Code::content_sha256_mismatch, {400, "XAmzContentSHA256Mismatch"}},
    Row{S3Code::incomplete_body, {400, "IncompleteBody"}},
    Row{S3Code::internal_error, {500, "InternalError"}},
    Row{S3Code::invalid_access_key_id, {403, "InvalidAccessKeyId"}},
    Row{S3Code::invalid_argument, {400, "InvalidArgument"}},
    Row{S3Code::invalid_bucket_name, {400, "InvalidBucketName"}},
    Row{S3Code::invalid_digest, {400, "InvalidDigest"}},
    Row{S3Code::invalid_part, {400, "InvalidPart"}},
    Row{S3Code::invalid_part_order, {400, "InvalidPartOrder"}},
    Row{S3Code::invalid_range, {416, "InvalidRange"}},
    Row{S3Code::invalid_request, {400, "InvalidRequest"}},
    Row{S3Code::invalid_uri, {400, "InvalidURI"}},
    Row{S3Code::key_too_long, {400, "KeyTooLongError"}},
    Row{S3Code::malformed_xml, {400, "MalformedXML"}},
    Row{S3Code::metadata_too_large, {400, "MetadataTooLarge"}},
    Row{S3Code::method_not_allowed, {405, "MethodNotAllowed"}},
    Row{S3Code::no_such_key, {404, "NoSuchKey"}},
    Row{S3Code::no_such_upload, {404, "NoSuchUpload"}},
    Row{S3Code::not_implemented, {501, "NotImplemented"}},
    Row{S3Code::precondition_failed, {412, "PreconditionFailed"}},
    Row{S3Code::request_time_too_skewed, {403, "RequestTimeTooSkewed"}},
    Row{S3Code::signature_does_not_match, {403, "SignatureDoesNotMatch"}},
    Row{S3Code::slow_down, {503, "SlowDown"}},
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows.at(i).code) != i) {
      return false;
    }
  }
  return kRows.back().code == S3Code::slow_down;
}
static_assert(in_order());

}  // namespace

const S3CodeInfo& describe(S3Code code) {
  return kRows.at(static_cast<std::size_t>(code)).info;
}

Answer xml_answer(std::string_view xml, unsigned status) {
  Answer answer;
  answer.response.status = status;
  answer.response.headers.set("Content-Type", "application/xml");
  answer.body = std::string(kDeclaration) + std::string(xml);
  return answer;
}

Answer s3_failure(const S3Error& error, std::string_view resource) {
  const S3CodeInfo& info = describe(error.code);
  std::string xml = "<Error>";
  add_element(xml, "Code", info.name);
  add_element(xml, "Message", error.message);
  add_element(xml, "Resource", resource);
  xml += "</Error>";
  Answer answer = xml_answer(xml, info.status);
  if (error.code == S3Code::method_not_allowed) {
    answer.response.headers.set("Allow", "GET, HEAD, PUT, POST, DELETE");
  }
  if (error.code == S3Code::slow_down) {
    answer.response.headers.set("Retry-After", "1");
  }
  return answer;
}

}  // namespace fabrik::adapters
