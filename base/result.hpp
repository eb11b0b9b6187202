// Result<T>: a value or an Error. The one way functions report failure.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace fabrik {

template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

// return fail(Errc::io, "open cache: disk is read-only");
inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

// return fail_errno("open " + path);
inline std::unexpected<Error> fail_errno(std::string_view what, int err = errno) {
  return std::unexpected(errno_error(what, err));
}

}  // namespace fabrik

#define FABRIK_CONCAT_(a, b) a##b
#define FABRIK_CONCAT(a, b) FABRIK_CONCAT_(a, b)

// FABRIK_TRY(auto value, function());  returns the error to the caller, or binds.
#define FABRIK_TRY(decl, expr)                                               \
  auto FABRIK_CONCAT(try_, __LINE__) = (expr);                               \
  if (!FABRIK_CONCAT(try_, __LINE__)) {                                      \
    return ::fabrik::fail(std::move(FABRIK_CONCAT(try_, __LINE__)).error()); \
  }                                                                          \
  decl = *std::move(FABRIK_CONCAT(try_, __LINE__))

// FABRIK_CHECK(function());  the same for a Result without a value.
#define FABRIK_CHECK(expr)                                    \
  do {                                                        \
    if (auto check_result = (expr); !check_result) {          \
      return ::fabrik::fail(std::move(check_result).error()); \
    }                                                         \
  } while (false)

// The same two inside a coroutine.
#define FABRIK_CO_TRY(decl, expr)                                               \
  auto FABRIK_CONCAT(try_, __LINE__) = (expr);                                  \
  if (!FABRIK_CONCAT(try_, __LINE__)) {                                         \
    co_return ::fabrik::fail(std::move(FABRIK_CONCAT(try_, __LINE__)).error()); \
  }                                                                             \
  decl = *std::move(FABRIK_CONCAT(try_, __LINE__))

#define FABRIK_CO_CHECK(expr)                                    \
  do {                                                           \
    if (auto check_result = (expr); !check_result) {             \
      co_return ::fabrik::fail(std::move(check_result).error()); \
    }                                                            \
  } while (false)
