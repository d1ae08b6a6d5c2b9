// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/backend/call.hpp"
#include "server/catalogue/offers.hpp"
#include "server/era/era.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// Where tools, resources and prompts come from: one interface, whatever stands behind it.
namespace mooring::backend {

enum class State {
  starting,  ///< not yet answered, or answering again after an end
  up,
  idle,    ///< ended as nobody called it; the next call starts it
  failed,  ///< waits before it is started again; `Status::message` says why
};

std::string_view name(State state);

struct Status {
  State state = State::starting;
  bool was_up = false;  ///< has answered at least once
  std::string message;  ///< the last failure, for a person; empty when there was none

  bool operator==(const Status&) const = default;
};

/// Nobody knows yet what it offers, nor whether it will.
inline bool is_in_first_start(const Status& status) {
  return status.state == State::starting && !status.was_up && status.message.empty();
}

/// What it says that belongs to no call. Called from any thread.
struct Events {
  std::function<void()> changed;  ///< offers() or status() has changed
  /// A resource that is watched has changed, in the process of this session if it names one.
  std::function<void(const std::string& session, const std::string& uri)> updated =
      [](const std::string& /*session*/, const std::string& /*uri*/) {};
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

  /// A `progressToken` that no other call has; it may not be used twice.
  std::uint64_t next_token() { return ++last_token_; }

  /// Begins a call; its events go to `sink`, the last of them, within the backend's time-out, is
  /// the answer. Errors of that: unavailable (down, and why), too_many (too many calls under way),
  /// timeout, invalid (its answer is none).
  virtual std::shared_ptr<Call> begin(CallRequest request, std::shared_ptr<Sink> sink) = 0;

  /// From now on a change of this resource is told, or no more. `session`: whose process is meant,
  /// where each has its own; empty: that of all.
  virtual void watch(const std::string& session, const std::string& uri, bool wanted) {
    static_cast<void>(session);
    static_cast<void>(uri);
    static_cast<void>(wanted);
  }

  /// Whether it has a process for each legacy session, so that all calls of one must come to the
  /// same replica.
  virtual bool keeps_sessions() const { return false; }

  /// Nobody calls for this session any more: what is kept for it may end.
  virtual void end_session(const std::string& key) { static_cast<void>(key); }

  virtual void start(Events events) = 0;

  /// Asks it to end, and returns at once; stop() then waits. Several can so end together.
  virtual void begin_stop() {}

  /// Ends what it started; calls under way fail. Blocks until nothing is left, a few seconds at
  /// most.
  virtual void stop() = 0;

 private:
  std::atomic<std::uint64_t> last_token_{0};
};

}  // namespace mooring::backend
