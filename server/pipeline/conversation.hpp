// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/client.hpp"
#include "server/backend/backend.hpp"
#include "server/input/request_state.hpp"
#include "server/mcp/mcp.hpp"
#include "server/pipeline/record.hpp"
#include "server/pipeline/relay.hpp"
#include "server/pipeline/snapshot.hpp"
#include "server/pipeline/switchboard.hpp"
#include "server/pipeline/teller.hpp"
#include "server/seal/holder.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::pipeline {

/// Who calls.
struct Caller {
  net::Client* client = nullptr;  ///< nullptr: a message of a batch, which is told nothing
  std::string session;            ///< legacy: which one
  bool takes_streams = false;
  std::optional<era::LogLevel> log_level;  ///< what it wants to be told
  unsigned askable = 0;                    ///< of session::Capability
  bool has_chosen_level = true;            ///< or it is told whatever is said
};

/// What all calls share.
struct Exchanges {
  const std::vector<backend::Backend*>& backends;
  const seal::Holder& keys;
  Switchboard& switchboard;
  Streams& streams;
  const std::string& self;   ///< the owner of what is open here, see Hops::self()
  metrics::Counter dropped;  ///< of what backends tell, beyond what clients take
  metrics::Gauge in_flight;
};

/// What a client is told that comes back too late.
inline constexpr const char* call_is_over =
    "the call that was waiting for this is over; send the call again without requestState";

/// One request that a backend has to answer: asks it, brings what it tells and asks to the client,
/// in whichever generation either of them speaks, and the answer at last.
class Conversation {
 public:
  Conversation(
      const Exchanges& shared,
      const mcp::Ask& ask,
      const Snapshot& snapshot,
      Caller caller,
      Exchange& exchange
  );

  /// Nobody waits any more, however it ends.
  ~Conversation();
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  /// The reply; if it has become an event stream, all has been said when this returns.
  asio::awaitable<http::Reply> run();

 private:
  using Ending = std::optional<mcp::Reply>;

  bool is_modern() const { return ask_.call->generation == era::Generation::modern; }

  void be_reachable();
  Ending resume();
  Ending answer_questions(Ongoing ongoing);
  void begin();

  backend::Backend& backend() const { return *shared_.backends[backend_]; }

  asio::awaitable<Ending> hear(Word word);
  asio::awaitable<Ending> on(Result<backend::Answer>& answer);
  asio::awaitable<Ending> on(backend::Notice& notice);
  asio::awaitable<Ending> on(backend::Question& asked);
  asio::awaitable<Ending> on(ClientReplied& replied);

  bool is_input_required(const backend::Answer& answer) const;
  asio::awaitable<Ending> require(std::string raw);
  Ending pass_on(rpc::Value result, const input::Required& required);
  asio::awaitable<void> ask_legacy(input::Question question, std::string backend_id);
  std::chrono::steady_clock::duration patience() const;
  Ending lacks(const std::string& capabilities);
  Ending park_if_quiet();
  Ending park();
  Ending fail(std::string_view why);
  mcp::Reply refuse_state(std::string message) const;

  const Exchanges& shared_;
  mcp::Ask ask_;
  const Snapshot& snapshot_;
  const Caller caller_;
  Exchange& exchange_;
  Teller teller_;
  std::shared_ptr<Words> words_;
  Switchboard::Line line_;
  bool is_reachable_ = false;
  Ongoing ongoing_;
  std::chrono::steady_clock::time_point gather_until_;  // what is asked meanwhile goes out together
  std::size_t backend_ = 0;
  std::size_t next_other_ = 0;
  std::optional<Error> failed_before_;  // one of the others that was asked before
  era::Generation backend_generation_ = era::Generation::legacy;

  // A legacy client's answers to a modern backend's questions.
  struct Put {
    Switchboard::Question open;
    std::string key;         // modern backend: in inputRequests
    std::string backend_id;  // legacy backend: raw
  };

  std::vector<Put> put_;
  std::vector<input::KeyedAnswer> collected_;
  std::string request_state_;    // raw JSON string, as the backend wants it
  std::string input_responses_;  // raw JSON object
  unsigned rounds_ = 0;
  std::optional<std::uint64_t> parked_;
  bool is_over_ = false;  // nobody is to be told anything any more
};

/// The call that a requestState belongs to.
std::string target_of(const mcp::Ask& ask);

}  // namespace mooring::pipeline
