#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

namespace fabrik::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using ErrorCode = boost::beast::error_code;

std::string_view std_view(string_view text) {
  return {text.data(), text.size()};
}

Method method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::put:
      return Method::put;
    case http::verb::post:
      return Method::post;
    case http::verb::delete_:
      return Method::del;
    case http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

// Fills a Request directly, which saves Beast's own field container.
class MessageParser final : public http::basic_parser<true> {
 public:
  MessageParser(Request& request, const HttpLimits& limits) : request_(request), limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    body_limit(boost::none);
    eager(false);
  }

  std::optional<Refusal> refusal;
  string_view piece;

  bool chunked_body() const { return chunked_; }
  bool http_11() const { return http_11_; }

 private:
  void refuse(unsigned status, std::string reason, ErrorCode& error) {
    refusal = Refusal{status, std::move(reason)};
    error = http::error::bad_value;
  }

  void on_request_impl(http::verb verb, string_view method, string_view target, int version,
                       ErrorCode& error) override {
    http_11_ = version >= 11;
    if (target.empty() || target.front() != '/') {
      return refuse(400, "the request target must be a path that starts with /", error);
    }
    request_.method = method_of(verb);
    request_.method_name.assign(method.data(), method.size());
    const std::string_view whole = std_view(target);
    const std::size_t question = std::min(whole.find('?'), whole.size());
    request_.path.assign(whole.substr(0, question));
    request_.query.assign(whole.substr(std::min(question + 1, whole.size())));
  }

  void on_field_impl(http::field field, string_view name, string_view value,
                     ErrorCode& error) override {
    if (head_complete_) {
      return;  // trailers say nothing that we use
    }
    if (request_.headers.all().size() >= limits_.head_fields) {
      return refuse(431, "it has too many header fields", error);
    }
    if (field == http::field::content_length) {
      if (has_length_ || has_encoding_ || value.find(',') != string_view::npos) {
        return refuse(400, "its length is given more than once", error);
      }
      has_length_ = true;
    } else if (field == http::field::transfer_encoding) {
      if (has_length_ || has_encoding_ || !equal_ignoring_case(std_view(value), "chunked")) {
        return refuse(400, "Transfer-Encoding must be chunked, alone and without Content-Length",
                      error);
      }
      has_encoding_ = true;
    }
    request_.headers.add(std_view(name), std_view(value));
  }

  void on_header_impl(ErrorCode& error) override {
    head_complete_ = true;
    chunked_ = has_encoding_;
    if (chunked_ && !http_11_) {
      return refuse(400, "HTTP/1.0 knows no chunked bodies", error);
    }
    if (const auto length = content_length(); length && !chunked_) {
      request_.content_length = *length;
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(string_view, ErrorCode&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, ErrorCode&) override {
    piece = body;
    return body.size();
  }
  void on_finish_impl(ErrorCode&) override {}
  void on_response_impl(int, string_view, int, ErrorCode&) override {}

  Request& request_;
  const HttpLimits& limits_;
  bool http_11_ = false;
  bool head_complete_ = false;
  bool chunked_ = false;
  bool has_length_ = false;
  bool has_encoding_ = false;
};

// Beast joins folded lines; RFC 9112 5.2 lets us refuse them, and parties that
// read them differently are how requests get smuggled.
bool has_folded_line(std::string_view text) {
  for (std::size_t at = text.find("\r\n"); at != std::string_view::npos;
       at = text.find("\r\n", at + 2)) {
    if (at + 2 < text.size() && (text[at + 2] == ' ' || text[at + 2] == '\t')) {
      return true;
    }
  }
  return false;
}

// At least so much of a chunked body is to come while it is not over. Beast fails
// an assertion when it gets less after having seen the "0".
constexpr std::string_view kLastChunk = "0\r\n\r\n";

constexpr char kTlsHandshake = 0x16;  // RFC 8446 5.1: the first byte of a ClientHello

Refusal explain(const ErrorCode& error, std::string_view data) {
  if (error == http::error::header_limit) {
    return {431, "its header is too large"};
  }
  if (error == http::error::bad_method && !data.empty() && data.front() == kTlsHandshake) {
    return {400, "this port speaks plain HTTP, and the client began with TLS; use http://"};
  }
  return {400, "it is not valid HTTP/1.1 (" + error.message() + ")"};
}

}  // namespace

struct RequestParser::Impl {
  explicit Impl(const HttpLimits& given) : limits(given) {}
  HttpLimits limits;
  std::optional<MessageParser> message;
};

RequestParser::RequestParser(const HttpLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::start(Request& request) {
  request.method = Method::other;
  request.method_name.clear();
  request.path.clear();
  request.query.clear();
  request.headers.clear();
  request.content_length.reset();
  request.overloaded = false;
  impl_->message.emplace(request, impl_->limits);
}

RequestParser::Step RequestParser::head(std::string_view data) {
  MessageParser& message = *impl_->message;
  ErrorCode error;
  Step step;
  step.consumed = message.put({data.data(), data.size()}, error);
  if (message.refusal) {
    step.refusal = message.refusal;
  } else if (error && error != http::error::need_more) {
    step.refusal = explain(error, data);
  } else if (has_folded_line(data.substr(0, step.consumed))) {
    step.refusal = Refusal{400, "a header field is folded over two lines"};
  } else {
    step.done = message.is_header_done();
  }
  return step;
}

bool RequestParser::chunked() const {
  return impl_->message->chunked_body();
}
bool RequestParser::keep_alive() const {
  return impl_->message->keep_alive();
}
bool RequestParser::http_11() const {
  return impl_->message->http_11();
}

RequestParser::Step RequestParser::body(std::string_view data, std::string_view& piece) {
  MessageParser& message = *impl_->message;
  Step step;
  piece = {};
  ErrorCode error;
  while (!message.is_done() && data.size() - step.consumed >= kLastChunk.size()) {
    const std::string_view rest = data.substr(step.consumed);
    message.piece = {};
    step.consumed += message.put({rest.data(), rest.size()}, error);
    if (error == http::error::need_more) {
      break;
    }
    if (error) {
      step.refusal = Refusal{400, "its chunked body is malformed (" + error.message() + ")"};
      break;
    }
    if (!message.piece.empty()) {
      piece = std_view(message.piece);
      break;
    }
  }
  step.done = message.is_done();
  return step;
}

}  // namespace fabrik::net
