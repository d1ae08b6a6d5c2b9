// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mooring::settings {

/// The field table of the settings document.
const schema::Field& fields();

/// A field that an environment variable can replace: scalars and lists of strings outside lists.
struct Variable {
  std::string name;               ///< MOORING_LISTEN_MAX_BODY_BYTES
  std::vector<std::string> path;  ///< {"listen", "maxBodyBytes"}
  const schema::Field* field = nullptr;
};

const std::vector<Variable>& variables();

}  // namespace mooring::settings
