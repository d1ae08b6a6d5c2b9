// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/rpc/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a server asks of its client: until 2025-11-25 a request of its own on the stream, since
/// 2026-07-28 an entry of `inputRequests` in a result. The params are nearly the same.
namespace mooring::input {

struct Question {
  std::string key;     ///< in `inputRequests`
  std::string method;  ///< `elicitation/create`, `sampling/createMessage` or `roots/list`
  std::string params;  ///< raw JSON object; empty: none

  bool operator==(const Question&) const = default;
};

/// Whether it is a method by which a server asks its client.
bool is_question(std::string_view method);

/// What the client must have declared for this, as a raw ClientCapabilities object, if it has not.
/// `capabilities` are of session::Capability.
std::optional<std::string> lacking(const Question& question, unsigned capabilities);

/// The raw ClientCapabilities object that says these.
std::string declared(unsigned capabilities);

/// The params as the other generation wants them.
std::string for_modern(const Question& question);
std::string for_legacy(const Question& question, std::string_view elicitation_id);

/// A whole `input_required` result. `state` is the sealed requestState.
std::string input_required(
    const std::vector<Question>& questions, std::string_view state, std::string_view server_info
);

/// A modern backend's `input_required`. Errors (invalid) say what is wrong with it.
struct Required {
  std::vector<Question> questions;  ///< at most max_questions
  std::optional<std::string> state;
};

inline constexpr std::size_t max_questions = 32;

Result<Required> read_required(rpc::Value result);

/// The result for this key, a raw object; none if it is missing or is no object.
std::optional<std::string> answer_of(rpc::Value input_responses, std::string_view key);

/// A raw `inputResponses` object.
struct KeyedAnswer {
  std::string key;
  std::string raw;
};

std::string input_responses(const std::vector<KeyedAnswer>& answers);

}  // namespace mooring::input
