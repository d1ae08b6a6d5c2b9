// SPDX-License-Identifier: Apache-2.0
#include "server/backend/lists.hpp"

#include <algorithm>
#include <utility>

namespace mooring::backend {
namespace {

using namespace std::chrono_literals;
using catalogue::Kind;

// What changes more often is listed once for all changes of that time.
constexpr auto between_lists = 1s;

}  // namespace

void Lists::begin(era::Generation generation, catalogue::Offers said, bool all) {
  end();
  generation_ = generation;
  known_ = std::move(said);
  is_starting_ = true;
  not_renewed_.reset();
  const catalogue::Capabilities& has = known_.capabilities;
  // Tools in any case: there are servers that have some and do not say so.
  wanted_.set(index_of(Kind::tools), all);
  wanted_.set(index_of(Kind::resources), all && has.resources);
  wanted_.set(index_of(Kind::templates), all && has.resources);
  wanted_.set(index_of(Kind::prompts), all && has.prompts);
}

void Lists::end() {
  listing_.reset();
  wanted_.reset();
  wanted_when_up_.reset();
}

void Lists::came_up() {
  is_starting_ = false;
  wanted_ |= std::exchange(wanted_when_up_, {});
}

void Lists::change(Kind kind, Time now) {
  if (is_starting_) {
    wanted_when_up_.set(index_of(kind));
    return;
  }
  Time& earliest = earliest_[index_of(kind)];
  earliest = std::min(earliest, now + between_lists);
  wanted_.set(index_of(kind));
}

std::optional<Lists::Request> Lists::next(Time now) {
  for (const Kind kind : catalogue::kinds) {
    Time& earliest = earliest_[index_of(kind)];
    if (!listing_ && wanted_.test(index_of(kind)) && (is_starting_ || now >= earliest)) {
      earliest = now + between_lists;
      wanted_.reset(index_of(kind));
      listing_.emplace(generation_, kind);
      return next_page();
    }
  }
  return std::nullopt;
}

std::optional<Lists::Time> Lists::wake() const {
  std::optional<Time> first;
  for (const Kind kind : catalogue::kinds) {
    if (!listing_ && wanted_.test(index_of(kind))) {
      const Time earliest = earliest_[index_of(kind)];
      first = std::min(first.value_or(earliest), earliest);
    }
  }
  return first;
}

Result<bool> Lists::take(const Answer& answer) {
  MOORING_TRY(const bool is_last, listing_->take(answer));
  if (is_last) {
    known_.of(kind()) = std::move(listing_->items);
    not_renewed_.reset(index_of(kind()));
    listing_.reset();
  }
  return is_last;
}

Lists::Request Lists::next_page() const {
  return {listing_->method(), listing_->params()};
}

bool Lists::fail(const catalogue::Offers& before, bool was_silent, Time now) {
  const std::size_t index = index_of(kind());
  known_.of(kind()) = before.of(kind());
  listing_.reset();
  earliest_[index] = now + retry_;
  (is_starting_ ? wanted_when_up_ : wanted_).set(index);
  if (is_starting_ && was_silent) {
    for (const Kind kind : catalogue::kinds) {
      if (wanted_.test(index_of(kind))) {
        known_.of(kind) = before.of(kind);
        not_renewed_.set(index_of(kind));
      }
    }
    wanted_when_up_ |= std::exchange(wanted_, {});
  }
  const bool is_new = !not_renewed_.test(index);
  not_renewed_.set(index);
  return is_new;
}

}  // namespace mooring::backend
