// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"
#include "server/settings/settings.hpp"

/// `expose` of a backend, the same in the resource and in the settings.
namespace mooring::settings {

schema::Field exposure_field();

/// `checkArguments` of a stdio backend.
schema::Field check_arguments_field();

/// Of a value that the check has let through.
Exposure read_exposure(const nlohmann::json& expose);
nlohmann::json print_exposure(const Exposure& exposure);

}  // namespace mooring::settings
