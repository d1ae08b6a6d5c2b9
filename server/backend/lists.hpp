// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/listing.hpp"
#include "server/catalogue/offers.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::backend {

/// What a stdio server offers, list by list: which is to be asked for when, and what is known. A
/// list that changes and changes is asked for once a second. Decides only: its owner sends what
/// `next` gives, one request at a time, and brings the answer.
class Lists {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `retry`: until a list that was not given is asked for again, unless a change is told of.
  explicit Lists(std::chrono::milliseconds retry) : retry_(retry) {}

  /// A new run of the server, which said this of itself. Its lists are all asked for, or none.
  void begin(era::Generation generation, catalogue::Offers said, bool all);
  /// The run has ended.
  void end();
  /// All has been asked for, and the server is up.
  void came_up();
  /// The server says that it has changed.
  void change(catalogue::Kind kind, Time now);

  struct Request {
    std::string_view method;
    std::string params;
  };

  /// What to ask now. Nothing: a list is being asked for, or none is due before `wake`.
  std::optional<Request> next(Time now);
  std::optional<Time> wake() const;

  /// The list that is being asked for.
  bool is_asking() const { return listing_.has_value(); }

  catalogue::Kind kind() const { return listing_->kind(); }

  /// Takes what was answered: true if that was the last page of the list, which is known then.
  Result<bool> take(const Answer& answer);
  /// The page after the one that was taken.
  Request next_page() const;

  /// The list that is being asked for has not been given: what was known of it before stays.
  /// True if that is new. While the server starts, silence keeps nobody: the others are asked for
  /// when it is up.
  bool fail(const catalogue::Offers& before, bool was_silent, Time now);

  const catalogue::Offers& known() const { return known_; }

  /// Nothing that was asked for has been refused.
  bool are_fresh() const { return not_renewed_.none(); }

 private:
  using Kinds = std::bitset<catalogue::kinds.size()>;

  const std::chrono::milliseconds retry_;
  era::Generation generation_ = era::Generation::legacy;
  catalogue::Offers known_;
  std::optional<Listing> listing_;
  bool is_starting_ = true;
  Kinds wanted_;
  Kinds wanted_when_up_;
  Kinds not_renewed_;
  std::array<Time, catalogue::kinds.size()> earliest_{};
};

}  // namespace mooring::backend
