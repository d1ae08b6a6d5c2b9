// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/pipeline/relay.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mooring::pipeline {

/// Finds the call that a message on another connection is meant for: an answer to what we asked, a
/// cancellation, a retry with what was asked. Safe to use from every thread.
class Switchboard {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Numbers go on from `first_number`, which is drawn at random, so that what another replica has
  /// asked is not taken for ours.
  explicit Switchboard(std::uint64_t first_number) : last_number_(first_number) {}

  /// A legacy call under way, until it goes out of scope.
  class Line {
   public:
    Line() = default;
    Line(Switchboard& board, std::string key, std::weak_ptr<Words> words);
    ~Line();
    Line(Line&& other) noexcept;
    Line& operator=(Line&& other) noexcept;

   private:
    Switchboard* board_ = nullptr;
    std::string key_;
    std::weak_ptr<Words> words_;
  };

  /// A question that is open until it goes out of scope.
  class Question {
   public:
    Question(Switchboard& board, std::uint64_t number) : board_(&board), number_(number) {}

    ~Question();
    Question(Question&& other) noexcept;
    Question& operator=(Question&& other) noexcept;

    std::uint64_t number() const { return number_; }

   private:
    Switchboard* board_;
    std::uint64_t number_;
  };

  /// `request_id` is raw. Cancellations of this request of this session go to `words`.
  Line connect(
      std::string_view session, std::string_view request_id, const std::shared_ptr<Words>& words
  );
  /// False if no such call is under way here.
  bool cancel(std::string_view session, std::string_view request_id);

  /// A new question of this session, whose answer goes to `words` under its number.
  Question ask(std::string_view session, const std::shared_ptr<Words>& words);
  /// An answer to a question that is not open (any more), or of another session, is passed over.
  void reply(std::string_view session, std::uint64_t question, backend::Answer answer);

  /// Cancels the session's calls and forgets what it was asked.
  void end_session(std::string_view session);

  /// Keeps a call until its client comes back, at most `most_parked` of them: nothing if there is
  /// no room.
  std::optional<std::uint64_t> park(Ongoing ongoing, Time now, Time until);
  std::optional<Ongoing> take_parked(std::uint64_t number);
  /// Gives up one whose client does not know that it is to come back.
  void give_up(std::uint64_t number);
  /// Gives up those whose time is over.
  void give_up(Time now);
  /// Does so in time, for as long as any are parked, on this executor.
  void watch(const asio::any_io_executor& executor);
  /// Gives up all that are parked.
  void clear();

  static constexpr std::size_t most_parked = 10'000;

 private:
  struct Open {
    std::string session;
    std::weak_ptr<Words> words;
  };

  struct Parked {
    Ongoing ongoing;
    Time until;
  };

  void disconnect(const std::string& key, const std::weak_ptr<Words>& words);
  void forget(std::uint64_t question);
  asio::awaitable<void> keep_watch();
  std::optional<Time> next_end();

  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<Words>> calls_;
  std::unordered_map<std::uint64_t, Open> questions_;
  std::map<std::uint64_t, Parked> parked_;
  bool is_watched_ = false;
  std::uint64_t last_number_;
};

}  // namespace mooring::pipeline
