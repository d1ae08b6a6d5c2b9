// SPDX-License-Identifier: Apache-2.0
#include "server/settings/environment.hpp"

#include "core/text/ascii.hpp"
#include "core/text/suggest.hpp"
#include "server/settings/fields.hpp"

#include <algorithm>
#include <charconv>

namespace mooring::settings {
namespace {

using Json = nlohmann::json;

// What does not read as the field's type stays text, so that the check tells what is wrong.
Json value_of(const schema::Field& field, const std::string& text) {
  if (!text::is_utf8(text)) {
    return Json::binary({});  // the check names it
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

// For a Service "mooring-…" in the pod's namespace: …_SERVICE_HOST, …_SERVICE_PORT[_NAME], …_PORT
// and …_PORT_80_TCP[_ADDR, _PORT, _PROTO].
bool is_of_service(const std::string& name, const std::string& value) {
  return name.find("_SERVICE_HOST") != name.npos || name.find("_SERVICE_PORT") != name.npos ||
         name.find("_TCP") != name.npos || name.find("_UDP") != name.npos ||
         value.find("://") != value.npos;
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

std::vector<std::string> doubts(const Environment& environment) {
  constexpr std::string_view prefix = "MOORING_";
  std::vector<std::string> known;
  for (const Variable& variable : variables()) {
    known.push_back(variable.name.substr(prefix.size()));
  }
  std::vector<std::string> found;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(prefix) || is_of_service(name, value)) {
      continue;
    }
    const std::string rest = name.substr(prefix.size());
    const auto meant = text::suggest(rest, known);
    if (meant && *meant != rest) {
      found.push_back(
          "environment variable " + name + " is ignored; did you mean " + std::string(prefix) +
          *meant + "?"
      );
    }
  }
  return found;
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
