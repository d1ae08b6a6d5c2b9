// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <sys/types.h>

/// Between a command stands a process of ours, its guardian: a fork that starts it, adopts whatever
/// it leaves behind (PR_SET_CHILD_SUBREAPER) and ends all of it, by an order or when its owner is
/// gone, even by SIGKILL. Both talk over a SOCK_SEQPACKET pair: the owner says how long an end may
/// take; the guardian says the command's pid, then its wait status; its end of the pair is closed
/// when nothing is left. A fork costs no memory but what its owner changes later; the owner in a
/// pod is a bridge, which is small and stays so.
namespace mooring::child {

/// The guardian's life, after it has started the command. Only async-signal-safe calls: it is a
/// fork of a process with threads. Expects all signals blocked.
[[noreturn]] void guard(int channel, pid_t command);

struct News {
  enum class Kind { none, word, nothing_left } kind;

  int word;  ///< a pid or a wait status
};

/// What the guardian has said; waits for it if asked to.
News hear_guardian(int channel, bool wait);

/// SIGTERM to all that is left, SIGKILL after `grace`.
void order_end(int channel, std::chrono::milliseconds grace);

}  // namespace mooring::child
