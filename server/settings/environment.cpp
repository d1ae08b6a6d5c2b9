// SPDX-License-Identifier: Apache-2.0
#include "server/settings/environment.hpp"

#include "core/text/ascii.hpp"
#include "server/settings/fields.hpp"

#include <algorithm>
#include <charconv>

namespace mooring::settings {
namespace {

using Json = nlohmann::json;

// What does not read as the field's type stays text, so that the check tells what is wrong.
Json value_of(const schema::Field& field, const std::string& text) {
  if (!text::is_utf8(text)) {
    return Json::binary({});  // no field takes it
  }
  if (field.type == schema::Type::integer) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{} && stop == end) {
      return number;
    }
  }
  if (field.type == schema::Type::list) {
    Json list = Json::array();
    for (const std::string_view item : text::split(text, ',')) {
      if (const std::string_view trimmed = text::trim(item); !trimmed.empty()) {
        list.push_back(trimmed);
      }
    }
    return list;
  }
  return text;
}

void put(Json& document, const std::vector<std::string>& path, Json value) {
  Json* at = &document;
  for (const std::string& part : path) {
    if (at->is_null()) {
      *at = Json::object();
    }
    if (!at->is_object()) {
      return;  // the check names it
    }
    at = &(*at)[part];
  }
  *at = std::move(value);
}

}  // namespace

std::vector<std::string> apply(const Environment& environment, nlohmann::json& document) {
  std::vector<std::string> replaced;
  for (const Variable& variable : variables()) {
    if (const auto found = environment.find(variable.name); found != environment.end()) {
      put(document, variable.path, value_of(*variable.field, found->second));
      replaced.push_back(variable.name);
    }
  }
  return replaced;
}

void name_variables(const std::vector<std::string>& replaced, std::vector<FieldError>& errors) {
  for (const Variable& variable : variables()) {
    if (std::find(replaced.begin(), replaced.end(), variable.name) == replaced.end()) {
      continue;
    }
    const std::string path = text::join(variable.path, ".");
    for (FieldError& error : errors) {
      if (error.path == path || error.path.starts_with(path + "[")) {
        error.message += " (from the environment variable " + variable.name + ")";
      }
    }
  }
}

}  // namespace mooring::settings
