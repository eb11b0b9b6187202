// An answer as a value. Adapters decide first and send afterwards, so that a
// fault while deciding can still be turned into what the client survives.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "net/http_exchange.hpp"
#include "net/task.hpp"

namespace fabrik::adapters {

struct Answer {
  net::Response response;
  std::string body;                          // sent when `content` is null
  std::unique_ptr<net::BodySource> content;  // streamed otherwise
};

// The status with a line of plain text.
Answer text_answer(unsigned status, std::string_view text);
// 405 with the methods that are allowed: "GET, HEAD, PUT".
Answer not_allowed(std::string_view allow);
// The head of a body that is `size` bytes long, for HEAD.
std::unique_ptr<net::BodySource> size_only(std::uint64_t size);

// What a client survives when we failed inside, or have no time for it
// (Request::overloaded): a miss, or an accepted write.
using Tolerated = Answer (*)(const net::Request& request);

// Runs `work` and sends what it decided, or `tolerated` when it throws or the server
// is overloaded. Writes one debug line. `exchange` and `log` stay alive until the await ends.
net::Task<void> respond(net::HttpExchange& exchange, Log& log, std::string_view adapter,
                        net::Task<Answer> work, Tolerated tolerated);

}  // namespace fabrik::adapters
