// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/seal/seal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::input {

/// The JSON-RPC id under which a question goes to a client: sealed, so that an answer to it is
/// known for one, and cannot be made up.
Result<std::string> seal_question(
    std::uint64_t number, const seal::Ring& ring, const seal::Nonce& nonce
);

/// The number behind an id of ours.
std::optional<std::uint64_t> open_question(std::string_view id, const seal::Ring& ring);

}  // namespace mooring::input
