// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/settings/settings.hpp"

#include <functional>

namespace mooring::listen {

/// Serves until SIGTERM or SIGINT, then drains. Errors: invalid (the key ring or a backend's
/// table), unavailable (a port). A second signal ends the process at once with exit code 1.
/// `listening` is called once, with the port that was had.
Result<void> serve(
    const settings::Settings& settings, const std::function<void(unsigned short)>& listening = {}
);

}  // namespace mooring::listen
