#include "adapters/s3/s3.hpp"

namespace fabrik::adapters {
namespace {

constexpr std::string_view kCheckKey = ".sccache_check";
constexpr std::string_view kCheckText = "Hello, World!";  // what sccache writes there

bool is_check(const S3Target& target) {
  const bool object = target.operation == S3Operation::get_object ||
                      target.operation == S3Operation::head_object ||
                      target.operation == S3Operation::put_object;
  return object && (target.key == kCheckKey || target.key.ends_with("/" + std::string(kCheckKey)));
}

Answer check_text() {
  Answer answer;
  answer.response.headers.set("Content-Type", "binary/octet-stream");
  answer.body = kCheckText;
  return answer;
}

Answer tolerated(const net::Request& request) {
  if (request.overloaded && request.path.ends_with("/.sccache_check")) {
    // Costs nothing, and sccache would only read for as long as its server lives.
    return request.method == net::Method::put ? Answer{} : check_text();
  }
  if (request.overloaded) {
    // The one error with which sccache's server starts, and no compilation fails.
    return s3_failure({S3Code::slow_down, "too many requests at once; try again"}, request.path);
  }
  switch (request.method) {
    case net::Method::get:
    case net::Method::head:
      return s3_failure({S3Code::no_such_key, "The specified key does not exist."}, request.path);
    case net::Method::put:
      return Answer{};
    default:
      return s3_failure({S3Code::slow_down, "something went wrong inside"}, request.path);
  }
}

}  // namespace

bool S3Adapter::claims(const net::Request& request) const {
  return is_s3_path(request.path);
}

net::Task<void> S3Adapter::handle(net::HttpExchange& exchange) {
  return respond(exchange, log_, name(), decide(exchange), tolerated);
}

net::Task<Answer> S3Adapter::decide(net::HttpExchange& exchange) {
  const net::Request& request = exchange.request();
  const auto proof = gate_.admit(request);
  if (!proof) {
    co_return s3_failure(proof.error(), request.path);
  }
  const S3Result<S3Target> target = parse_s3_target(request);
  if (!target) {
    co_return s3_failure(target.error(), request.path);
  }
  const S3Call call{.exchange = exchange, .target = *target, .proof = *proof};
  co_return is_check(*target) ? co_await check(call) : co_await perform(call);
}

net::Task<Answer> S3Adapter::perform(const S3Call& call) {
  switch (call.target.operation) {
    case S3Operation::list_buckets:
      return buckets_.list_all(call);
    case S3Operation::head_bucket:
      return buckets_.head(call);
    case S3Operation::create_bucket:
      return buckets_.create(call);
    case S3Operation::delete_bucket:
      return buckets_.remove(call);
    case S3Operation::get_location:
      return buckets_.location(call);
    case S3Operation::get_versioning:
      return buckets_.versioning(call);
    case S3Operation::list_objects:
      return buckets_.list_objects(call, false);
    case S3Operation::list_objects_v2:
      return buckets_.list_objects(call, true);
    case S3Operation::list_uploads:
      return uploads_.list_uploads(call);
    case S3Operation::delete_objects:
      return buckets_.delete_objects(call);
    case S3Operation::get_object:
      return objects_.get(call);
    case S3Operation::head_object:
      return objects_.head(call);
    case S3Operation::put_object:
      return objects_.put(call);
    case S3Operation::copy_object:
      return objects_.copy(call);
    case S3Operation::delete_object:
      return objects_.remove(call);
    case S3Operation::create_upload:
      return uploads_.create(call);
    case S3Operation::upload_part:
      return uploads_.put_part(call);
    case S3Operation::upload_part_copy:
      return uploads_.copy_part(call);
    case S3Operation::list_parts:
      return uploads_.list_parts(call);
    case S3Operation::complete_upload:
      return uploads_.complete(call);
    case S3Operation::abort_upload:
      return uploads_.abort(call);
  }
  std::unreachable();
}

// Never holds anything but the text that sccache writes there, so it needs no store.
net::Task<Answer> S3Adapter::check(const S3Call& call) {
  if (call.target.operation != S3Operation::put_object) {
    co_return check_text();
  }
  const S3Result<std::unique_ptr<S3Body>> body = S3Body::open(call.exchange, call.proof);
  if (!body) {
    co_return s3_failure(body.error(), call.request().path);
  }
  const Result<std::string> text = co_await read_text(**body, kCheckText.size());
  if (!text || *text != kCheckText) {
    co_return s3_failure(
        {S3Code::invalid_request, "the key .sccache_check is sccache's own and holds nothing else"},
        call.request().path);
  }
  co_return Answer{};
}

}  // namespace fabrik::adapters
