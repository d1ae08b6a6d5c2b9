// SPDX-License-Identifier: Apache-2.0
#include "server/session/opened.hpp"

#include <functional>

namespace mooring::session {

tl::expected<Session, rpc::Refusal> Opened::resume(
    std::string_view token, const seal::Ring& ring, Time now
) {
  if (slots_.empty() || ring_ != ring) {
    slots_.assign(most_, {});
    ring_ = ring;
  }
  Slot& slot = slots_[std::hash<std::string_view>()(token) % most_];
  if (!token.empty() && slot.token == token && now < slot.session.expires) {
    return slot.session;
  }
  auto session = session::resume(token, ring, now);
  if (session) {
    slot = {std::string(token), *session};
  }
  return session;
}

}  // namespace mooring::session
