// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/seal/seal.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// What is asked of a client in the middle of a call, in the words of both generations.
namespace mooring::input {

using Time = std::chrono::sys_seconds;

/// What a retry must come back with (`requestState`, MCP 2026-07-28, basic/patterns/mrtr). It
/// leaves us sealed only.
struct RequestState {
  std::string target;     ///< of the call: its method and name, see target_of()
  std::string principal;  ///< whose call it is; empty: anybody's
  Time expires{};
  std::string backend_state;  ///< the backend's own `requestState`, as text
  bool has_backend_state = false;
  /// The replica that keeps the call waiting, as hop::encode() writes it; empty: any that knows
  /// the number.
  std::string owner;
  std::uint64_t number = 0;  ///< of the waiting call

  bool operator==(const RequestState&) const = default;
};

/// How long a client may take to come back.
inline constexpr std::chrono::seconds longest_absence{600};

std::string target_of(std::string_view method, std::string_view name);

/// Errors: invalid (the backend's state).
Result<std::string> seal(
    const RequestState& state, const seal::Ring& ring, const seal::Nonce& nonce
);

/// Errors (invalid): not ours, tampered with, over, of another call or somebody else's.
Result<RequestState> open(
    std::string_view token,
    const seal::Ring& ring,
    Time now,
    std::string_view target,
    std::string_view principal
);

}  // namespace mooring::input
