// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/child/fd.hpp"

#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace mooring::child {

struct Command {
  std::vector<std::string> argv;           ///< the program is looked for in PATH
  std::string directory;                   ///< empty: ours
  std::map<std::string, std::string> env;  ///< added to ours
};

struct Spawned {
  pid_t pid = 0;       ///< also its process group
  pid_t guardian = 0;  ///< our child, to be reaped once its channel is closed
  Fd channel;          ///< to the guardian; what the command has left ends with it
  Fd stderr_pipe;
};

/// Starts the command with this socket as its standard input and output. It gets a process group of
/// its own, none of our other descriptors, default signal handling, and a guardian: neither it nor
/// what it starts outlives this process. The error says why the command cannot be started.
Result<Spawned> spawn(const Command& command, const Fd& stdio);

/// Both ends of a Unix stream; ours first.
Result<std::pair<Fd, Fd>> stdio_pair();

/// "exited with status 1", "was ended by signal 9 (SIGKILL)".
std::string describe_exit(int wait_status);

}  // namespace mooring::child
