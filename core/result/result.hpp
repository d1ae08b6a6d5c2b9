// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mooring {

/// What went wrong, by what the caller can do about it.
enum class Errc {
  invalid,          ///< the input is wrong: tell the user, do not try again
  unauthenticated,  ///< credentials missing, wrong or expired
  forbidden,        ///< known, but not allowed
  not_found,        ///< the thing named does not exist
  conflict,         ///< somebody else changed or owns it: read again
  gone,             ///< it existed and has been forgotten: start over
  too_many,         ///< asked to slow down
  timeout,          ///< no answer within the deadline
  unavailable,      ///< not reachable or not able to answer now: try again
  internal,         ///< a defect of ours
};

std::string_view name(Errc code);

/// A refusal: the kind for the program, the message for a person (with the offending value and a
/// hint).
struct Error {
  Errc code = Errc::internal;
  std::string message;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// One thing the user must mend: where, and what is wrong and allowed there.
struct FieldError {
  std::string path;     ///< e.g. `spec.backends[1].stdio.command`
  std::string message;  ///< e.g. `is "x", must be one of: debug, info`

  bool operator==(const FieldError&) const = default;
};

/// "path: message" lines joined by `separator`.
std::string describe(const std::vector<FieldError>& errors, std::string_view separator = "; ");

}  // namespace mooring

#define MOORING_CONCAT_INNER(a, b) a##b
#define MOORING_CONCAT(a, b) MOORING_CONCAT_INNER(a, b)
#define MOORING_TRY_IMPL(temporary, leave, name, ...)   \
  auto temporary = (__VA_ARGS__);                       \
  if (!temporary)                                       \
    leave tl::unexpected(std::move(temporary).error()); \
  name = std::move(*temporary)

/// `MOORING_TRY(auto x, expression)`: binds the value, or returns the error.
#define MOORING_TRY(name, ...) \
  MOORING_TRY_IMPL(MOORING_CONCAT(mooring_try_, __LINE__), return, name, __VA_ARGS__)
/// The same in a coroutine.
#define MOORING_CO_TRY(name, ...) \
  MOORING_TRY_IMPL(MOORING_CONCAT(mooring_try_, __LINE__), co_return, name, __VA_ARGS__)
