// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>

namespace mooring::child {

/// Raises how many descriptors this process may have open to the most that it is allowed, at most
/// 1,048,576. Commands are started with what was in force before: one that uses select() cannot do
/// with more. Before there are threads.
void allow_more_descriptors();

/// The limit that commands are started with.
rlimit descriptors_of_commands();

}  // namespace mooring::child
