#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/env.hpp"
#include "daemon/arguments.hpp"
#include "daemon/version.hpp"
#include "daemon/worker.hpp"

namespace {

int run(const std::vector<std::string>& words) {
  using namespace fabrik;
  const Result<daemon::Arguments> arguments = daemon::parse_arguments(words);
  if (!arguments) {
    std::fprintf(stderr, "fabrikd: %s\n", arguments.error().message.c_str());
    return exit_code(arguments.error().code);
  }
  switch (arguments->action) {
    case daemon::Action::help:
      std::fputs(std::string(daemon::usage()).c_str(), stdout);
      return 0;
    case daemon::Action::version:
      std::printf("fabrikd %s\n", std::string(daemon::kVersion).c_str());
      return 0;
    case daemon::Action::worker:
      break;
  }
  return daemon::run_worker(arguments->worker, Env::current());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fabrikd: %s\n", error.what());
    return 1;
  }
}
