// Directories and disk space.
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.hpp"
#include "base/units.hpp"
#include "cli/doctor/finding.hpp"
#include "cli/project.hpp"

namespace fabrik::cli::doctor {
namespace {

// Below this a cache starts to refuse uploads.
constexpr std::uint64_t kLittleSpace = 2ULL * 1024 * 1024 * 1024;

Findings check_directory(std::string_view subject, const std::filesystem::path& path,
                         const Env& env) {
  const std::string shown = display_path(path, env);
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT
               ? Findings{{Level::note, std::string(subject), shown + " does not exist yet"}}
               : Findings{{Level::bad, std::string(subject), errno_error(shown).message,
                           "make it readable for you"}};
  }
  if (!S_ISDIR(found.st_mode)) {
    return {{Level::bad, std::string(subject), shown + " is not a directory",
             "remove it; fabrik makes a directory there"}};
  }
  if (found.st_uid != ::geteuid()) {
    return {{Level::bad, std::string(subject),
             shown + " belongs to user " + std::to_string(found.st_uid) + ", not to you",
             "remove it, or set XDG_STATE_HOME and XDG_CACHE_HOME to directories of yours"}};
  }
  if ((found.st_mode & 0077) != 0) {
    return {{Level::warning, std::string(subject), "others may look into " + shown,
             "chmod 700 " + path.string()}};
  }
  return {{Level::good, std::string(subject), shown + " is private"}};
}

}  // namespace

Findings check_directories(const Patient& patient) {
  const statefs::Paths& paths = patient.report.paths;
  Findings findings;
  for (const auto& [subject, path] :
       {std::pair("state directory", paths.state), std::pair("runtime directory", paths.runtime),
        std::pair("cache directory", paths.cache)}) {
    for (Finding& finding : check_directory(subject, path, patient.env())) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

Findings check_space(const Patient& patient) {
  std::filesystem::path path = patient.report.daemon
                                   ? std::filesystem::path(patient.report.daemon->cache_dir)
                                   : patient.report.paths.cache;
  std::error_code error;
  while (!std::filesystem::exists(path, error) && path.has_relative_path()) {
    path = path.parent_path();
  }
  const auto free = free_space(path);
  if (!free) {
    return {{Level::warning, "disk space", free.error().message,
             "check that the cache directory can be reached"}};
  }
  const std::string text = format_size(*free) + " free for the cache";
  if (patient.report.stats && patient.report.stats->read_only) {
    return {{Level::bad, "disk space",
             text + "; writes are dropped: " + patient.report.stats->problem,
             "remove the cause; the daemon notices within seconds"}};
  }
  if (*free < kLittleSpace) {
    return {
        {Level::warning, "disk space", text, "free disk space, or set a smaller cache.max_size"}};
  }
  return {{Level::good, "disk space", text}};
}

}  // namespace fabrik::cli::doctor
