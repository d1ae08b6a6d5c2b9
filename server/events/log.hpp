// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/events/sse.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::events {

/// An event's bytes, shared by the one who sends it and the log.
using Frame = std::shared_ptr<const std::string>;

/// The last events of one stream. The newest is there however large it is, until clear().
class Log {
 public:
  struct Limits {
    std::size_t events = 0;
    std::size_t bytes = 0;
  };

  Log(std::uint64_t stream, Limits limits) : stream_(stream), limits_(limits) {}

  /// Where it begins: what a priming event says.
  EventId origin() const { return {stream_, 0}; }

  Frame append(std::string_view data);
  /// All later events, each once and in order. Errc::gone if one of them has been dropped,
  /// Errc::invalid if there has been no event of that number.
  Result<std::vector<Frame>> after(std::uint64_t number) const;
  /// Keeps none of them; who has had them all misses nothing.
  void clear();

  std::size_t bytes() const { return bytes_; }

  std::size_t size() const { return frames_.size(); }

 private:
  void drop_oldest();

  std::uint64_t stream_;
  Limits limits_;
  std::deque<Frame> frames_;
  std::uint64_t dropped_ = 0;  ///< how many: the number of the first frame is one more
  std::size_t bytes_ = 0;
};

}  // namespace mooring::events
