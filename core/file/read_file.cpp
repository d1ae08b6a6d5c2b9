// SPDX-License-Identifier: Apache-2.0
#include "core/file/read_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace mooring::file {

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const auto complaint = [&path] {
    return fail(Errc::not_found, "cannot read " + path + ": " + std::strerror(errno));
  };
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return complaint();
  }
  std::string content;
  std::array<char, 16 << 10> chunk{};
  ssize_t size = 0;
  while ((size = ::read(descriptor, chunk.data(), chunk.size())) > 0 && content.size() <= limit) {
    content.append(chunk.data(), static_cast<std::size_t>(size));
  }
  const int problem = size < 0 ? errno : 0;
  ::close(descriptor);
  if (problem != 0) {
    errno = problem;
    return complaint();
  }
  if (content.size() > limit) {
    return fail(
        Errc::invalid,
        path + " is larger than " + std::to_string(limit) + " bytes, the most it may be"
    );
  }
  return content;
}

}  // namespace mooring::file
