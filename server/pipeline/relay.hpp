// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "server/backend/call.hpp"
#include "server/input/question.hpp"
#include "server/pipeline/inbox.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace mooring::pipeline {

struct ClientGone {};  ///< it has closed the connection

struct ClientCancelled {};  ///< it has sent `notifications/cancelled`

/// It has answered what we asked.
struct ClientReplied {
  std::uint64_t question = 0;
  backend::Answer answer;
};

/// What a call in the middle may hear of.
using Word = std::variant<backend::Event, ClientGone, ClientCancelled, ClientReplied>;
using Words = Inbox<Word>;

/// Brings a backend's events to whoever attends to the call, and keeps them while nobody does:
/// between a client that was told `input_required` and its retry, which may come on another thread.
/// A backend that says more than its client takes is heard in part: what waits is bounded.
class Relay final : public backend::Sink {
 public:
  /// `dropped` counts what there was no room for.
  explicit Relay(metrics::Counter dropped) : dropped_(dropped) {}

  void on_event(backend::Event event) override;
  /// From now on to these; nullptr: to nobody.
  void attach(std::shared_ptr<Words> words);

  static constexpr std::size_t most_bytes = 1 << 20;

 private:
  bool has_room(backend::Event& event);

  const metrics::Counter dropped_;
  std::mutex mutex_;
  std::shared_ptr<Words> words_;
  std::deque<backend::Event> kept_;
  std::size_t kept_bytes_ = 0;
};

/// A call whose backend is at work, or waits for what it asked.
struct Ongoing {
  std::shared_ptr<Relay> relay;
  std::shared_ptr<backend::Call> call;

  struct Asked {
    input::Question question;
    std::string backend_id;  ///< raw
  };

  std::vector<Asked> asked;
  std::size_t backend = 0;  ///< index
};

}  // namespace mooring::pipeline
