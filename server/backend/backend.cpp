// SPDX-License-Identifier: Apache-2.0
#include "server/backend/backend.hpp"

namespace mooring::backend {

std::string_view name(State state) {
  switch (state) {
    case State::starting:
      return "starting";
    case State::up:
      return "up";
    case State::idle:
      return "idle";
    case State::failed:
      return "failed";
  }
  return "failed";
}

}  // namespace mooring::backend
