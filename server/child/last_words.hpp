// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mooring::child {

/// Which line of a program's standard error tells most about its end: of the newest ones the last
/// that speaks of an error (what follows it is a stack, or the version of an interpreter), else the
/// last one.
class LastWords {
 public:
  void add(std::string_view line);
  const std::string& most_telling() const;

 private:
  std::string last_;
  std::string error_;
  unsigned since_error_ = 0;
};

}  // namespace mooring::child
