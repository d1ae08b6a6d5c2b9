// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Event streams (HTML Living Standard, section 9.2) as bytes, and what of them can be sent again.
namespace mooring::events {

/// A place in a stream: behind its event of that number, which counts from 1; 0 is the beginning.
/// As text it is `<stream, 16 hexadecimal digits>-<number>`.
struct EventId {
  std::uint64_t stream = 0;
  std::uint64_t number = 0;

  bool operator==(const EventId&) const = default;
};

std::string print(EventId id);
/// What a client sent as Last-Event-ID. Strict: only what print() makes.
Result<EventId> parse_event_id(std::string_view text);

/// An event. An empty id stands for none: such an event cannot be resumed after. Line breaks of the
/// data are kept as line breaks, whichever they are.
std::string frame(
    std::string_view id,
    std::string_view data,
    std::optional<std::chrono::milliseconds> retry = std::nullopt
);

/// The first event of a stream that can be resumed: it tells the client where it is before there is
/// anything to say, and when to come back. It has no data, so that no message is made of it.
std::string priming(EventId id, std::optional<std::chrono::milliseconds> retry = std::nullopt);

/// A line that clients skip: it keeps what lies between from closing a quiet connection, and finds
/// out whether there is still somebody.
inline constexpr std::string_view keep_alive = ": keep-alive\n\n";

}  // namespace mooring::events
