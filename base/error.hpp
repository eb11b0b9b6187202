// Errors as values. A code says what a caller can do about it; the message says
// what was attempted, on what, why it failed and what the user can do.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

namespace fabrik {

// Chosen by what callers do differently, not by where the error came from.
// A miss is not an error: lookups return std::optional inside a Result.
enum class Errc {
  invalid_argument,  // the request is wrong; repeating it is pointless
  not_found,         // a named thing that had to exist does not
  unauthenticated,   // no or bad credentials
  forbidden,         // known caller, not allowed
  conflict,          // exists already, or is held by somebody else
  digest_mismatch,   // bytes received are not the bytes announced
  too_large,         // over a configured limit
  no_space,          // disk, quota or inodes exhausted
  corrupt,           // stored bytes do not match their digest
  timeout,           // a deadline passed
  unavailable,       // try again later: not running, draining, overloaded
  cancelled,         // the other side went away, or we are stopping
  io,                // the operating system refused
  internal,          // a bug of ours
};

// Stable lower-case name of a code, as used in logs and JSON ("no_space").
std::string_view name(Errc code);

// Exit status of the `fabrik` command for an error of this code (sysexits.h
// where it has a fitting value, 1 otherwise). docs/cli.md lists them.
int exit_code(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string message;

  // Puts `context` and ": " before the message, keeping the code.
  Error with_context(std::string_view context) &&;
};

// "<what>: <strerror(err)>", with the code that fits err: ENOSPC and EDQUOT are
// no_space, EACCES and EPERM forbidden, ENOENT not_found, everything else io.
Error errno_error(std::string_view what, int err = errno);

}  // namespace fabrik
