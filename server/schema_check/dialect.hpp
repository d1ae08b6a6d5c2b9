// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace mooring::schema_check {

/// Which rules a schema was written by.
enum class Dialect {
  current,  ///< 2019-09, 2020-12, or none said
  old,      ///< draft 4 to 7
  unknown,
};

/// As `$schema` says.
Dialect dialect_of(const nlohmann::json& root);

/// Whether a part of the schema has an address of its own: then "#/…" in it means another root.
bool has_embedded_schema(const nlohmann::json& root);

}  // namespace mooring::schema_check
