// Both parsers of the control sockets' HTTP, and the JSON bodies behind them.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "activate/activate_request.hpp"
#include "activate/control_message.hpp"
#include "activate/status_json.hpp"

namespace {

using namespace fabrik;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// What was accepted says the same when it is written and read again.
void fuzz_request(std::string_view text) {
  const auto parsed = activate::parse_request(text);
  if (!parsed || !*parsed) {
    return;
  }
  const auto& request = **parsed;
  const auto again = activate::parse_request(
      activate::format_request(request.method, request.target, request.body));
  require(again && *again);
  require((*again)->method == request.method && (*again)->target == request.target &&
          (*again)->body == request.body);
  // One byte less is not complete, or was not an acceptable message before.
  const auto shorter = activate::parse_request(text.substr(0, text.size() - 1));
  require(!shorter || !*shorter);
  (void)activate::parse_activate_request(request.body);
}

void fuzz_reply(std::string_view text) {
  for (const bool ended : {false, true}) {
    const auto parsed = activate::parse_reply(text, ended);
    if (!parsed || !*parsed) {
      continue;
    }
    require((*parsed)->status >= 100 && (*parsed)->status <= 599);
    require((*parsed)->body.size() <= text.size());
    if (const auto status = activate::status_of(**parsed)) {
      require(activate::parse_status(activate::to_json(*status)).has_value());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fuzz_request(text);
  fuzz_reply(text);
  return 0;
}
