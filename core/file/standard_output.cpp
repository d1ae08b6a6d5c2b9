// SPDX-License-Identifier: Apache-2.0
#include "core/file/standard_output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <unistd.h>

namespace mooring::file {

Result<void> finish_standard_output() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::cout.good() && std::ferror(stdout) == 0) {
    return {};
  }
  // Where it failed earlier, the reason is forgotten; trying once more tells it. After what is cut
  // off, one line end more does no harm.
  if (errno == 0) {
    [[maybe_unused]] const ssize_t size = ::write(STDOUT_FILENO, "\n", 1);
  }
  return fail(
      Errc::unavailable,
      std::string("cannot write to standard output: ") +
          (errno == 0 ? "a part of it is lost" : std::strerror(errno))
  );
}

}  // namespace mooring::file
