// SPDX-License-Identifier: Apache-2.0
#include "server/bridge/socket.hpp"

#include "core/text/ascii.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace mooring::bridge {
namespace {

tl::unexpected<Error> refused(const std::string& path, const std::string& why) {
  return fail(Errc::unavailable, "cannot listen at " + text::quoted(path, 120) + ": " + why);
}

child::Fd make_socket() {
  return child::Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

}  // namespace

Result<child::Fd> listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return refused(path, "the path must have 1 to 107 bytes");
  }
  path.copy(address.sun_path, path.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (struct stat there{}; lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) {
      return refused(path, "there is a file that is no socket; remove it or choose another path");
    }
    if (connect(make_socket().get(), generic, sizeof address) == 0) {
      return refused(path, "another program listens there; stop it or choose another path");
    }
    unlink(path.c_str());
  }
  child::Fd listener = make_socket();
  const mode_t usual = umask(0177);
  const int bound = bind(listener.get(), generic, sizeof address);
  const int error = errno;
  umask(usual);
  if (bound != 0 || listen(listener.get(), SOMAXCONN) != 0) {
    return refused(path, std::strerror(bound != 0 ? error : errno));
  }
  return listener;
}

}  // namespace mooring::bridge
