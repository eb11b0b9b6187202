#include "statefs/run_dir.hpp"

#include "base/fs.hpp"

namespace fabrik::statefs {

Result<void> prepare_run_dir(const Paths& paths, std::string_view project_id) {
  FABRIK_CHECK(ensure_private_dir(paths.state));
  // Whoever owns a directory can replace what is in it.
  const auto parent = paths.runtime.parent_path();
  if (parent.parent_path() == "/tmp" && parent.filename().native().starts_with("fabrik-")) {
    FABRIK_CHECK(ensure_private_dir(parent));
  }
  FABRIK_CHECK(ensure_private_dir(paths.runtime));
  return ensure_private_dir(paths.run_dir(project_id));
}

}  // namespace fabrik::statefs
