// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/settings/settings.hpp"

#include <string>
#include <vector>

namespace mooring::settings {

/// Puts the variables that name a field into the document, before its check, and returns their
/// names. Others are left alone: Kubernetes puts MOORING_… variables of its own into pods, for
/// Services.
std::vector<std::string> apply(const Environment& environment, nlohmann::json& document);

/// The variables that nearly have the name of one that names a field, as sentences.
std::vector<std::string> doubts(const Environment& environment);

/// Adds to errors at fields that came from a variable which one it was.
void name_variables(const std::vector<std::string>& replaced, std::vector<FieldError>& errors);

}  // namespace mooring::settings
