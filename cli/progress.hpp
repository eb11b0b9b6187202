// One line that shows how far long work has come; nothing unless a person looks.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

namespace fabrik::cli {

class Progress {
 public:
  // Writes to `out` if `visible`; `out` must outlive it.
  Progress(std::ostream& out, bool visible, std::string_view what)
      : out_(out), visible_(visible), what_(what) {}
  // Takes the line away again.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `total` 0: unknown. `detail` stands behind the bar.
  void show(std::uint64_t done, std::uint64_t total, std::string_view detail);

 private:
  std::ostream& out_;
  bool visible_;
  std::string what_;
};

// "[#####---------------]  25%"; at most 100 %.
std::string progress_bar(std::uint64_t done, std::uint64_t total);

}  // namespace fabrik::cli
