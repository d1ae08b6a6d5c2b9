// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/settings/settings.hpp"

#include <functional>
#include <string>

namespace mooring::listen {

/// How this process and its replicas reach each other; both empty: it has none.
struct Neighbours {
  std::string advertise;  ///< `IP` or `IP:PORT`, the port else being that of the settings
  std::string peers;      ///< `HOST:PORT`, several separated by commas
};

/// Serves until SIGTERM or SIGINT, then drains. Errors: invalid (the key ring or a backend's
/// table, the neighbours), unavailable (a port). A second signal ends the process at once with exit
/// code 1. `listening` is called once, with the port that was had.
Result<void> serve(
    const settings::Settings& settings,
    const Neighbours& neighbours = {},
    const std::function<void(unsigned short)>& listening = {}
);

}  // namespace mooring::listen
