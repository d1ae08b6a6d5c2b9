// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/era/log_level.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// A call to a backend, from its request to its answer, with all that is said meanwhile.
namespace mooring::backend {

using era::LogLevel;

struct CallRequest {
  std::string_view method;  ///< a literal
  std::string params;       ///< raw JSON object, as this backend's generation wants it
  /// The `progressToken` in `params`, from Backend::next_token(); 0 if there is none.
  std::uint64_t progress_token = 0;
  /// Log messages of this severity and above are wanted; none: none are.
  std::optional<LogLevel> log_level = std::nullopt;
  /// Whether somebody has chosen that level: else a legacy server is left at its own.
  bool has_chosen_level = true;
  /// Whether the client of the call can be asked anything: only such a call gets questions.
  bool can_be_asked = false;
  /// The key of the legacy session it is of, valid until begin() returns; empty: of none.
  std::string_view session = {};
};

/// Checked JSON: the raw `result`, or the raw `error` object.
struct Answer {
  bool is_error = false;
  std::string raw;
};

/// `notifications/progress` or `notifications/message` that belongs to the call.
struct Notice {
  enum class Kind { progress, message } kind = Kind::progress;
  std::string params;  ///< raw JSON object
};

/// What a backend of a legacy generation asks its client before it goes on:
/// `elicitation/create`, `sampling/createMessage` or `roots/list`.
struct Question {
  std::string id;  ///< raw, as the backend wrote it
  std::string method;
  std::string params;  ///< raw JSON object; empty: none
};

/// The error of an answer is unavailable (down, and why), too_many (too many calls under way),
/// timeout.
using Event = std::variant<Result<Answer>, Notice, Question>;

/// Where the events of one call go.
class Sink {
 public:
  virtual ~Sink() = default;
  /// On any thread, in order. A Result<Answer> is the last one.
  virtual void on_event(Event event) = 0;
};

/// A call under way. Safe to use from every thread.
class Call {
 public:
  virtual ~Call() = default;
  /// Answers a question; one that is not open (any more) is passed over.
  virtual void reply(const std::string& question_id, const Answer& answer) = 0;
  /// Tells the backend that nobody waits any more; no event follows.
  virtual void cancel() = 0;
};

}  // namespace mooring::backend
