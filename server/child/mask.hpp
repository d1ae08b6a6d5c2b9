// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::child {

/// Hides what a command was given in confidence. Its last words are shown to whoever may read a
/// status or an Event, its environment only to whoever may read a Secret; which variables came from
/// one cannot be told here, so all count, but those that say where and on what it runs.
class Mask {
 public:
  /// Of a command with these variables and this process's own.
  static Mask of(const std::map<std::string, std::string>& added);

  explicit Mask(const std::map<std::string, std::string>& variables);

  /// The text with `***` in place of each value of six characters and more.
  std::string apply(std::string_view text) const;

 private:
  std::vector<std::string> values_;  ///< longest first
};

}  // namespace mooring::child
