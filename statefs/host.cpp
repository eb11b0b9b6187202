#include "statefs/host.hpp"

#include "base/fs.hpp"

namespace fabrik::statefs {

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 256);
  if (!text) {
    return {};
  }
  while (!text->empty() && text->back() == '\n') {
    text->pop_back();
  }
  return *text;
}

}  // namespace fabrik::statefs
