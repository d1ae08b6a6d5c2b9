// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}  // namespace re2

namespace mooring::catalogue {

/// An RFC 6570 URI template, for the one question whether a URI may be an expansion of it. It is
/// generous: who asks with a URI that no expansion makes is told so by the backend.
class UriTemplate {
 public:
  static Result<UriTemplate> compile(std::string_view text);

  bool matches(std::string_view uri) const;

  /// How many characters stand there as they are: of two templates that match, the one with more of
  /// them says more.
  std::size_t literal_size() const { return literal_size_; }

 private:
  std::string prefix_;  // all up to the first expression
  std::size_t literal_size_ = 0;
  std::shared_ptr<const re2::RE2> pattern_;
};

}  // namespace mooring::catalogue
