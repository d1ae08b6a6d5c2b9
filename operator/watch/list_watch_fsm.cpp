// SPDX-License-Identifier: Apache-2.0
#include "operator/watch/list_watch_fsm.hpp"

namespace mooring::watch {
namespace {

using namespace std::chrono_literals;

constexpr int page_size = 500;
constexpr auto backoff_forgotten_after = 2min;
constexpr auto very_short = 1s;
// A server that answers "gone" to everything must not be asked in a loop.
constexpr auto anew_at_once_after = 10s;
constexpr auto missing_asked_for_every = 30s;

bool version_not_served(const kube::Failure& failure) {
  return failure.code == Errc::gone || failure.version_too_large;
}

}  // namespace

Action ListWatchFsm::enter(Action action, Instant now) {
  if (const auto* watch = std::get_if<Watch>(&action)) {
    state_ = watch->initial_events ? State::initial_events : State::watching;
    stream_opened_ = now;
    frames_ = 0;
  } else if (const auto* list = std::get_if<List>(&action)) {
    state_ = State::listing;
    list_ = *list;
  } else {
    state_ = State::waiting;
  }
  return action;
}

Action ListWatchFsm::start(Instant now) {
  return begin(now);
}

Action ListWatchFsm::begin(Instant now) {
  if (!watch_lists_) {
    return list(now);
  }
  return enter(Watch{version_unavailable_ ? "" : resource_version_, true}, now);
}

Action ListWatchFsm::list(Instant now) {
  if (version_unavailable_) {
    return enter(List{"", "", page_size}, now);
  }
  if (resource_version_.empty()) {
    return enter(List{"0", "", page_size}, now);
  }
  return enter(List{resource_version_, "", 0}, now);
}

Action ListWatchFsm::rewatch(Instant now) {
  return enter(Watch{resource_version_, false}, now);
}

Action ListWatchFsm::wait(
    Action then, std::optional<std::chrono::milliseconds> at_least, Instant now, double random
) {
  if (now - last_wait_end_ > backoff_forgotten_after) {
    attempt_ = 0;
  }
  auto delay = backoff_.delay(attempt_++, random);
  if (at_least) {
    delay = std::max(delay, *at_least);
  }
  last_wait_end_ = now + delay;
  after_wait_ = std::move(then);
  return enter(Wait{delay}, now);
}

Action ListWatchFsm::begin_anew(Instant now, double random) {
  const bool at_once = !last_anew_ || now - *last_anew_ > anew_at_once_after;
  last_anew_ = now;
  if (at_once) {
    return begin(now);
  }
  Action next = begin(now);
  return wait(std::move(next), std::nullopt, now, random);
}

Step ListWatchFsm::step(const Event& event, Instant now, double random) {
  if (const auto* page = std::get_if<Paged>(&event)) {
    return on_paged(*page, now);
  }
  if (std::holds_alternative<Waited>(event)) {
    return {false, enter(after_wait_, now)};
  }
  if (std::holds_alternative<Closed>(event)) {
    return {false, on_closed(now, random)};
  }
  const kube::Failure& failure = std::get<Failed>(event).failure;
  if (state_ == State::initial_events) {
    return {false, on_initial_events_failed(failure, now, random)};
  }
  if (state_ == State::listing && is_optional_ && failure.code == Errc::not_found) {
    return on_missing(now, random);
  }
  if (state_ == State::listing) {
    return {false, on_list_failed(failure, now, random)};
  }
  return {false, on_watch_failed(failure, now, random)};
}

Step ListWatchFsm::on_paged(const Paged& page, Instant now) {
  if (!page.continue_token.empty()) {
    return {false, enter(List{"", page.continue_token, page_size}, now)};
  }
  resource_version_ = page.resource_version;
  version_unavailable_ = false;
  synced_ = true;
  return {true, rewatch(now)};
}

Action ListWatchFsm::on_initial_events_failed(
    const kube::Failure& failure, Instant now, double random
) {
  if (version_not_served(failure)) {
    if (version_unavailable_) {
      return wait(Watch{"", true}, failure.retry_after, now, random);
    }
    version_unavailable_ = true;
    return begin(now);
  }
  switch (failure.code) {
    case Errc::invalid:
      // A server without this feature refuses its parameters.
      watch_lists_ = false;
      return list(now);
    case Errc::too_many:
    case Errc::timeout:
    case Errc::unavailable:
    case Errc::internal:
      return wait(
          Watch{version_unavailable_ ? "" : resource_version_, true},
          failure.retry_after,
          now,
          random
      );
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::conflict:
    case Errc::gone:
      break;
  }
  return list(now);
}

Step ListWatchFsm::on_missing(Instant now, double random) {
  resource_version_.clear();
  version_unavailable_ = false;
  synced_ = true;
  return {true, wait(List{"0", "", page_size}, missing_asked_for_every, now, random), true};
}

Action ListWatchFsm::on_list_failed(const kube::Failure& failure, Instant now, double random) {
  if (version_not_served(failure)) {
    if (!list_.continue_token.empty()) {
      // The token expired while paging: once, everything in one answer.
      return enter(List{"", "", 0}, now);
    }
    if (!version_unavailable_ && !list_.resource_version.empty()) {
      version_unavailable_ = true;
      return list(now);
    }
  }
  Action next = begin(now);
  return wait(std::move(next), failure.retry_after, now, random);
}

Action ListWatchFsm::on_watch_failed(const kube::Failure& failure, Instant now, double random) {
  if (version_not_served(failure)) {
    return begin_anew(now, random);
  }
  switch (failure.code) {
    case Errc::unauthenticated:
    case Errc::forbidden:
    case Errc::not_found:
    case Errc::invalid: {
      // The kind or the permission may have gone: only a list tells what is still true.
      Action next = begin(now);
      return wait(std::move(next), failure.retry_after, now, random);
    }
    case Errc::too_many:
    case Errc::timeout:
    case Errc::unavailable:
    case Errc::internal:
    case Errc::conflict:
    case Errc::gone:
      break;
  }
  return wait(Watch{resource_version_, false}, failure.retry_after, now, random);
}

Action ListWatchFsm::on_closed(Instant now, double random) {
  if (state_ == State::initial_events) {
    // Ended before the bookmark: the server does not know what was asked of it.
    return list(now);
  }
  if (frames_ == 0 && now - stream_opened_ < very_short) {
    return wait(Watch{resource_version_, false}, std::nullopt, now, random);
  }
  return rewatch(now);
}

FrameAction ListWatchFsm::frame(const Frame& frame) {
  ++frames_;
  const bool collecting = state_ == State::initial_events;
  switch (frame.type) {
    case Frame::Type::error:
      return FrameAction::end;
    case Frame::Type::unknown:
      return FrameAction::skip;
    case Frame::Type::added:
    case Frame::Type::modified:
    case Frame::Type::deleted:
      if (collecting) {
        return FrameAction::collect;
      }
      if (!frame.resource_version.empty()) {
        resource_version_ = frame.resource_version;
      }
      return FrameAction::deliver;
    case Frame::Type::bookmark:
      break;
  }
  if (collecting && !frame.initial_events_end) {
    return FrameAction::skip;
  }
  resource_version_ = frame.resource_version;
  if (!collecting) {
    return FrameAction::skip;
  }
  version_unavailable_ = false;
  synced_ = true;
  state_ = State::watching;
  return FrameAction::replace;
}

}  // namespace mooring::watch
