// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/seal/seal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::input {

/// A question that is open.
struct QuestionId {
  std::uint64_t number = 0;
  std::string owner;  ///< the replica that has asked, as hop::encode() writes it; empty: any

  bool operator==(const QuestionId&) const = default;
};

/// The JSON-RPC id under which a question goes to a client: sealed, so that an answer to it is
/// known for one, and cannot be made up.
Result<std::string> seal_question(
    const QuestionId& question, const seal::Ring& ring, const seal::Nonce& nonce
);

/// What is behind an id of ours.
std::optional<QuestionId> open_question(std::string_view id, const seal::Ring& ring);

}  // namespace mooring::input
