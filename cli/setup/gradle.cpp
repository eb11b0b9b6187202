#include "cli/setup/gradle.hpp"

#include "base/digest.hpp"
#include "base/fs.hpp"

namespace fs = std::filesystem;

namespace fabrik::cli::setup {

extern const std::string_view kGradleScript;  // cli/setup/fabrik.gradle, embedded

namespace {

constexpr std::string_view kSeal = "// fabrik-init-script-sha256: ";

std::string sealed(std::string_view script) {
  return std::string(script) + std::string(kSeal) + sha256(as_bytes(script)).hex() + "\n";
}

// Whether the last line is the seal of all that stands before it.
bool is_sealed(std::string_view text) {
  const auto seal = text.rfind(kSeal);
  return seal != std::string_view::npos && text == sealed(text.substr(0, seal));
}

Error foreign(const fs::path& script) {
  return {Errc::conflict, script.string() +
                              " was not written by fabrik, or was edited since: left as it is. "
                              "Move it away and run the command again."};
}

}  // namespace

std::string gradle_script() {
  return sealed(kGradleScript);
}

FileState gradle_state(const fs::path& script) {
  std::error_code error;
  const auto status = fs::symlink_status(script, error);
  if (status.type() == fs::file_type::not_found) {
    return FileState::missing;
  }
  if (status.type() != fs::file_type::regular) {
    return FileState::foreign;
  }
  const auto text = read_file(script);
  if (!text || !is_sealed(*text)) {
    return FileState::foreign;
  }
  return *text == gradle_script() ? FileState::current : FileState::outdated;
}

Result<FileState> install_gradle(const fs::path& script) {
  const FileState found = gradle_state(script);
  if (found == FileState::foreign) {
    return fail(foreign(script));
  }
  if (found == FileState::current) {
    return found;
  }
  std::error_code error;
  fs::create_directories(script.parent_path(), error);
  if (error) {
    return fail(Errc::io, "create " + script.parent_path().string() + ": " + error.message());
  }
  FABRIK_CHECK(write_file_atomically(script, gradle_script(), 0644));
  return found;
}

Result<FileState> remove_gradle(const fs::path& script) {
  const FileState found = gradle_state(script);
  if (found == FileState::foreign) {
    return fail(foreign(script));
  }
  std::error_code error;
  fs::remove(script, error);
  if (error) {
    return fail(Errc::io, "remove " + script.string() + ": " + error.message());
  }
  return found;
}

}  // namespace fabrik::cli::setup
