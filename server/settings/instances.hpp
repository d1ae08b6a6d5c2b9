// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"
#include "server/settings/settings.hpp"

/// `instances` of a stdio backend, the same in the resource and in the settings.
namespace mooring::settings {

schema::Field instances_field();

/// Of a value that the check has let through. What is absent has the mode's default.
Instances read_instances(const nlohmann::json& given);
nlohmann::json print_instances(const Instances& instances);

}  // namespace mooring::settings
