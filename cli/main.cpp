// The `fabrik` command: everything people type, and what shell hooks call.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/env.hpp"
#include "ccache_helper/helper.hpp"
#include "cli/run.hpp"

namespace {

// Scripts and hooks may start us with closed standard descriptors; a socket we
// open must not become "standard output".
void occupy_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0) {
      ::_exit(74);
    }
  }
}

std::filesystem::path own_path(const char* argv0) {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::absolute(argv0, error) : path;
}

}  // namespace

namespace ccache_helper = fabrik::ccache_helper;

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  std::ios::sync_with_stdio(false);
  const fabrik::Env env = fabrik::Env::current();
  if (argc > 0 && std::filesystem::path(argv[0]).filename() == ccache_helper::kProgramName) {
    const fabrik::Error error = ccache_helper::serve(env);
    std::cerr << ccache_helper::kProgramName << ": " << error.message << "\n";
    return fabrik::exit_code(error.code);
  }
  const fabrik::cli::World world{.env = env,
                                 .executable = own_path(argc > 0 ? argv[0] : "fabrik"),
                                 .out = std::cout,
                                 .err = std::cerr,
                                 .out_is_terminal = ::isatty(STDOUT_FILENO) == 1};
  return fabrik::cli::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), world);
}
