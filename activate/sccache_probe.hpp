// Whether the sccache that a build would run can use S3, found out without running
// it: Debian's builds leave S3 out, and one that does fails every compilation when it
// is told of a bucket (0.4.0~pre6, Debian 12) or ignores it (0.10.0, Debian 13).
#pragma once

#include <filesystem>

#include "base/env.hpp"

namespace fabrik::activate {

enum class SccacheBuild {
  missing,     // none on PATH
  without_s3,  // one that must not be told of a bucket
  usable,      // has S3; also a script or shim, which says nothing of what it runs
};

struct SccacheFacts {
  SccacheBuild build = SccacheBuild::missing;
  std::filesystem::path program;     // the first on PATH; empty: missing
  std::filesystem::path socket_dir;  // where servers of projects may listen
};

// A program is read once (some 10 ms); the verdict is kept in `state`/programs and
// costs a stat(2) per entry of PATH from then on. Problems with that file only cost
// time.
SccacheFacts inspect_sccache(const Env& env, const std::filesystem::path& state);

}  // namespace fabrik::activate
