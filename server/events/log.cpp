// SPDX-License-Identifier: Apache-2.0
#include "server/events/log.hpp"

namespace mooring::events {
namespace {

// What a short event takes beside its text.
constexpr std::size_t overhead = 64;

std::size_t cost(const Frame& frame) {
  return frame->size() + overhead;
}

}  // namespace

Frame Log::append(std::string_view data) {
  const EventId id{stream_, dropped_ + frames_.size() + 1};
  frames_.push_back(std::make_shared<const std::string>(frame(print(id), data)));
  bytes_ += cost(frames_.back());
  while (frames_.size() > 1 && (frames_.size() > limits_.events || bytes_ > limits_.bytes)) {
    drop_oldest();
  }
  return frames_.back();
}

void Log::drop_oldest() {
  bytes_ -= cost(frames_.front());
  frames_.pop_front();
  ++dropped_;
}

void Log::clear() {
  while (!frames_.empty()) {
    drop_oldest();
  }
}

Result<std::vector<Frame>> Log::after(std::uint64_t number) const {
  if (number < dropped_) {
    return fail(
        Errc::gone,
        "events after " + print({stream_, number}) + " are no longer kept; " +
            (frames_.empty() ? "nothing is" : "the oldest kept is " + print({stream_, dropped_ + 1})
            )
    );
  }
  if (number > dropped_ + frames_.size()) {
    return fail(Errc::invalid, "there has been no event " + print({stream_, number}));
  }
  const auto first = frames_.begin() + static_cast<std::ptrdiff_t>(number - dropped_);
  return std::vector<Frame>(first, frames_.end());
}

}  // namespace mooring::events
