// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

/// A target is one function that takes any bytes. It is driven by libFuzzer, which makes them up
/// (`make fuzz`), or by the tests, which give it the kept corpus.
namespace mooring::fuzz {

/// Defined by each target.
void try_input(std::string_view input);

/// Ends the program otherwise: that is how a driver learns of what no sanitizer sees.
inline void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
  }
}

}  // namespace mooring::fuzz
