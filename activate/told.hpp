// What a shell has been told already, so that a notice appears once and not at
// each prompt. Kept by the hook in a shell variable that is not exported.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fabrik::activate {

class Told {
 public:
  // Takes what encode() gave; anything else counts as nothing.
  static Told decode(std::string_view text);
  std::string encode() const;

  // Is `text` news? From then on it is not, in this shell.
  bool once(std::string_view text);
  // The same for what is wrong at the moment; news again after clear_problem().
  bool problem(std::string_view text);
  void clear_problem() { problem_.clear(); }

 private:
  std::string problem_;               // fingerprint
  std::vector<std::string> notices_;  // fingerprints, oldest first
};

}  // namespace fabrik::activate
