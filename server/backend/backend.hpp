// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/asio.hpp"
#include "core/result/result.hpp"
#include "server/catalogue/offers.hpp"
#include "server/era/era.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// Where tools, resources and prompts come from: one interface, whatever stands behind it.
namespace mooring::backend {

enum class State {
  starting,  ///< not yet answered, or answering again after an end
  up,
  failed,  ///< waits before it is started again; `Status::message` says why
};

std::string_view name(State state);

struct Status {
  State state = State::starting;
  bool was_up = false;  ///< has answered at least once
  std::string message;  ///< the last failure, for a person; empty when there was none

  bool operator==(const Status&) const = default;
};

struct CallRequest {
  std::string_view method;  ///< a literal
  std::string params;       ///< raw JSON object
};

/// Checked JSON: the raw `result`, or the raw `error` object.
struct Answer {
  bool is_error = false;
  std::string raw;
};

/// Safe to use from every thread between start() and stop().
class Backend {
 public:
  virtual ~Backend() = default;

  virtual const std::string& name() const = 0;
  virtual std::string_view kind() const = 0;  ///< `stdio` or `tools`
  virtual Status status() const = 0;
  /// What it said last that it offers; never null, and kept while it is down. Changes are announced
  /// by `changed`.
  virtual std::shared_ptr<const catalogue::Offers> offers() const = 0;
  virtual era::Generation generation() const = 0;

  /// Resumes on the caller's executor, within the backend's time-out. Errors: unavailable (down,
  /// and why), too_many (too many calls under way), timeout, invalid (its answer is none).
  virtual asio::awaitable<Result<Answer>> call(CallRequest request) = 0;

  /// `changed` is called, from any thread, after offers() or status() has changed.
  virtual void start(std::function<void()> changed) = 0;

  /// Asks it to end, and returns at once; stop() then waits. Several can so end together.
  virtual void begin_stop() {}

  /// Ends what it started; calls under way fail. Blocks until nothing is left, a few seconds at
  /// most.
  virtual void stop() = 0;
};

}  // namespace mooring::backend
