// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/session/session.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mooring::session {

/// Sessions whose tokens were opened before: a client sends its own with each request, and to open
/// it is a tenth of what a short call costs. Bounded; a thread has one of its own.
class Opened {
 public:
  explicit Opened(std::size_t most = 1024) : most_(most) {}

  /// As session::resume, by which all is opened that is not known. What another ring opened is
  /// forgotten: its keys may be none of this one's.
  tl::expected<Session, rpc::Refusal> resume(
      std::string_view token, const seal::Ring& ring, Time now
  );

 private:
  struct Slot {
    std::string token;
    Session session;
  };

  const std::size_t most_;
  std::vector<Slot> slots_;  // by the token's hash: who comes later takes the place
  seal::Ring ring_;
};

}  // namespace mooring::session
