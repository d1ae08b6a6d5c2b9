// SPDX-License-Identifier: Apache-2.0
#include "server/schema_check/dialect.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace mooring::schema_check {
namespace {

using nlohmann::json;

bool has_id_within(const json& part, bool is_root) {
  if (!is_root && part.is_object()) {
    if (const auto id = part.find("$id"); id != part.end() && id->is_string()) {
      return true;
    }
  }
  return part.is_structured() && std::any_of(part.begin(), part.end(), [](const json& inner) {
           return has_id_within(inner, false);
         });
}

}  // namespace

Dialect dialect_of(const json& root) {
  const auto said = root.is_object() ? root.find("$schema") : root.end();
  if (said == root.end() || !said->is_string()) {
    return Dialect::current;
  }
  const auto& uri = said->get_ref<const std::string&>();
  const auto is_of = [&uri](std::string_view part) { return uri.find(part) != std::string::npos; };
  if (!is_of("json-schema.org/")) {
    return Dialect::unknown;
  }
  if (is_of("/draft/2020-12/") || is_of("/draft/2019-09/")) {
    return Dialect::current;
  }
  return is_of("/draft-07/") || is_of("/draft-06/") || is_of("/draft-04/") ? Dialect::old
                                                                           : Dialect::unknown;
}

bool has_embedded_schema(const json& root) {
  return has_id_within(root, true);
}

}  // namespace mooring::schema_check
