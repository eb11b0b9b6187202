#include "base/error.hpp"

#include <system_error>

namespace fabrik {

std::string_view name(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return "invalid_argument";
    case Errc::not_found:
      return "not_found";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::forbidden:
      return "forbidden";
    case Errc::conflict:
      return "conflict";
    case Errc::digest_mismatch:
      return "digest_mismatch";
    case Errc::too_large:
      return "too_large";
    case Errc::no_space:
      return "no_space";
    case Errc::corrupt:
      return "corrupt";
    case Errc::timeout:
      return "timeout";
    case Errc::unavailable:
      return "unavailable";
    case Errc::cancelled:
      return "cancelled";
    case Errc::io:
      return "io";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

int exit_code(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 64;  // EX_USAGE
    case Errc::unavailable:
    case Errc::timeout:
      return 69;  // EX_UNAVAILABLE
    case Errc::internal:
      return 70;  // EX_SOFTWARE
    case Errc::io:
    case Errc::no_space:
      return 74;  // EX_IOERR
    case Errc::forbidden:
    case Errc::unauthenticated:
      return 77;  // EX_NOPERM
    default:
      return 1;
  }
}

Error Error::with_context(std::string_view context) && {
  message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

Error errno_error(std::string_view what, int err) {
  Errc code = Errc::io;
  switch (err) {
    case ENOSPC:
    case EDQUOT:
      code = Errc::no_space;
      break;
    case EACCES:
    case EPERM:
      code = Errc::forbidden;
      break;
    case ENOENT:
      code = Errc::not_found;
      break;
    default:
      break;
  }
  return Error{code, std::string(what) + ": " + std::generic_category().message(err)};
}

}  // namespace fabrik
