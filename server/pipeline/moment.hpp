// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/seal/seal.hpp"

#include <chrono>
#include <cstdint>

/// What the pure rooms are given from outside: the time of day, and randomness.
namespace mooring::pipeline {

/// How long an event stream says nothing before a sign of life: short enough for what lies between
/// not to lose patience.
inline constexpr std::chrono::seconds between_signs_of_life{15};

std::chrono::sys_seconds now();

/// Error: internal, if the system gives no randomness.
Result<seal::Nonce> fresh_nonce();

/// Where numbers begin that no other process may have. Error: internal, as above.
Result<std::uint64_t> random_number();

}  // namespace mooring::pipeline
