// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

namespace mooring::file {

/// Writes out what std::cout still holds. The error says why not all that it was given has been
/// written: a full disk, a closed descriptor.
Result<void> finish_standard_output();

}  // namespace mooring::file
