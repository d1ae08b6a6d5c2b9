// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mooring::listen {

/// How many threads are worth starting: the cores this process may use, by affinity and by the CPU
/// quota of its control group (versions 1 and 2), 1 to 64.
unsigned usable_cores();

}  // namespace mooring::listen
