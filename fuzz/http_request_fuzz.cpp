// The request parser over any bytes: where a message ends must not depend on how
// the network cut it into pieces, or requests could be smuggled.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "net/request_guard.hpp"
#include "net/request_parser.hpp"

namespace {

using namespace fabrik;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

struct Outcome {
  bool head_done = false;
  bool body_done = false;
  bool refused = false;
  std::string head;  // all that was understood of it
  std::string body;
  std::size_t used = 0;

  bool operator==(const Outcome&) const = default;
};

// Bytes that arrive `step` at a time, and what the parser left of them.
class Feed {
 public:
  Feed(std::string_view bytes, std::size_t step) : bytes_(bytes), step_(step) {}
  std::string_view pending() const { return bytes_.substr(used_, arrived_ - used_); }
  bool more() {
    const bool any = arrived_ < bytes_.size();
    arrived_ = std::min(bytes_.size(), arrived_ + step_);
    return any;
  }
  void use(std::size_t count) {
    require(count <= arrived_ - used_);
    used_ += count;
  }
  std::size_t used() const { return used_; }

 private:
  std::string_view bytes_;
  std::size_t step_;
  std::size_t arrived_ = 0;
  std::size_t used_ = 0;
};

std::string understood(const net::Request& request) {
  std::string text = request.method_name + " " + request.path + "?" + request.query + "\n";
  for (const auto& [name, value] : request.headers.all()) {
    text.append(name).append("=").append(value).append("\n");
  }
  return text;
}

void read_body(net::RequestParser& parser, Feed& feed, Outcome& outcome) {
  while (!outcome.body_done && !outcome.refused) {
    std::string_view piece;
    const net::RequestParser::Step step = parser.body(feed.pending(), piece);
    outcome.body += piece;
    outcome.body_done = step.done;
    outcome.refused = step.refusal.has_value();
    feed.use(step.consumed);
    if (piece.empty() && !outcome.body_done && !outcome.refused && !feed.more()) {
      return;
    }
  }
}

Outcome parse(std::string_view bytes, std::size_t step_size) {
  Outcome outcome;
  net::Request request;
  net::RequestParser parser({});
  parser.start(request);
  Feed feed(bytes, step_size);
  while (!outcome.head_done && !outcome.refused && feed.more()) {
    const net::RequestParser::Step step = parser.head(feed.pending());
    outcome.head_done = step.done;
    outcome.refused = step.refusal.has_value();
    feed.use(step.consumed);
  }
  if (outcome.head_done) {
    require(request.path.starts_with('/'));
    require(!(parser.chunked() && request.content_length));
    net::check_loopback_request(request, 80);
    outcome.head = understood(request);
    if (parser.chunked()) {
      read_body(parser, feed, outcome);
    }
  }
  if (!outcome.refused) {
    outcome.used = feed.used();
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 16'384) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = 1 + data[0] % 64;
  const Outcome whole = parse(bytes, bytes.size() + 1);
  const Outcome pieces = parse(bytes, step);
  // What is malformed may be noticed sooner or later (the parser waits for the end
  // of a head before it looks at the rest), but what is complete is the same.
  require(whole.head_done == pieces.head_done && whole.body_done == pieces.body_done);
  require(whole.head == pieces.head);
  if (whole.body_done) {
    require(whole.body == pieces.body && whole.used == pieces.used);
  }
  return 0;
}
