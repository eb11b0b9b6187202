// __FABRIK_STATE comes from whatever environment a shell was started with.
// Whatever decode() accepts must come back from encode() unchanged, and must not
// make activation name a variable that is not on its list.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "activate/env_diff.hpp"
#include "activate/render_shell.hpp"
#include "activate/shell_state.hpp"
#include "activate/told.hpp"

using fabrik::activate::Shell;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)fabrik::activate::Told::decode(text).encode();
  const auto state = fabrik::activate::decode(text);
  if (!state) {
    return 0;
  }
  if (fabrik::activate::decode(fabrik::activate::encode(*state)) != state) {
    std::abort();
  }
  const fabrik::Env env(fabrik::Env::Map{{"TURBO_API", "ours"},
                                         {"GRADLE_OPTS", "-Dfabrik.gradle.url=u -Xmx1g"},
                                         {"__FABRIK_V_TURBO_TEAM", "hidden"}});
  const auto now = fabrik::activate::view_from(env);
  for (const bool fresh : {false, true}) {
    const auto inherited = fabrik::activate::inherit(*state, now, fresh, !fresh);
    const auto changes = fabrik::activate::leave(now, inherited);
    for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish, Shell::posix}) {
      if (!fabrik::activate::render(shell, changes)) {
        std::abort();
      }
    }
  }
  return 0;
}
