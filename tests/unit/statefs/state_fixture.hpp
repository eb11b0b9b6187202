// Paths inside a private directory, with the state root made.
#pragma once

#include "base/fs.hpp"
#include "statefs/paths.hpp"
#include "tests/support/temp_dir.hpp"

namespace fabrik::testing {

struct StateFixture {
  StateFixture() {
    paths.config = dir / "config";
    paths.state = dir / "state";
    paths.cache = dir / "cache";
    paths.runtime = dir / "run";
    (void)ensure_private_dir(paths.state);
    (void)ensure_private_dir(paths.runtime);
  }
  TempDir dir;
  statefs::Paths paths;
};

}  // namespace fabrik::testing
