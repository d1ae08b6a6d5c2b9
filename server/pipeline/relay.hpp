// SPDX-License-Identifier: Apache-2.0
#pragma once

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
class Relay final : public backend::Sink {
 public:
  void on_event(backend::Event event) override;
  /// From now on to these; nullptr: to nobody.
  void attach(std::shared_ptr<Words> words);

 private:
  std::mutex mutex_;
  std::shared_ptr<Words> words_;
  std::deque<backend::Event> kept_;
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
