// SPDX-License-Identifier: Apache-2.0
#include "core/result/result.hpp"

namespace mooring {

std::string_view name(Errc code) {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::unauthenticated:
      return "unauthenticated";
    case Errc::forbidden:
      return "forbidden";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::gone:
      return "gone";
    case Errc::too_many:
      return "too_many";
    case Errc::timeout:
      return "timeout";
    case Errc::unavailable:
      return "unavailable";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

std::string describe(const std::vector<FieldError>& errors, std::string_view separator) {
  std::string text;
  for (const FieldError& error : errors) {
    if (!text.empty()) {
      text += separator;
    }
    text += error.path.empty() ? error.message : error.path + ": " + error.message;
  }
  return text;
}

}  // namespace mooring
