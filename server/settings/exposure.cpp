// SPDX-License-Identifier: Apache-2.0
#include "server/settings/exposure.hpp"

#include "server/settings/builders.hpp"

#include <array>

namespace mooring::settings {
namespace {

using Prefix = Exposure::Prefix;

constexpr std::array<std::pair<Prefix, const char*>, 3> prefix_names = {{
    {Prefix::when_conflicting, "WhenConflicting"},
    {Prefix::always, "Always"},
    {Prefix::never, "Never"},
}};

Field patterns_field(std::string name, std::string description, json example) {
  Field pattern = like(
      sized(schema::string_field("", ""), 1, 128),
      "^[-A-Za-z0-9_./*]+$",
      "a tool's own name; * stands for any characters"
  );
  Field field =
      schema::list_field(std::move(name), std::move(description), std::move(pattern), 1, 256);
  field.example = std::move(example);
  return field;
}

Field prefix_field() {
  return with_default(
      schema::enum_field(
          "prefix",
          "Whether the backend's name stands before the names of its tools and prompts, as in "
          "files_read. WhenConflicting: only where another backend has the same name. Never: of "
          "two that are the same the first stays, the other is left out.",
          {"WhenConflicting", "Always", "Never"}
      ),
      "WhenConflicting"
  );
}

Field rename_field() {
  Field field = schema::map_field(
      "rename",
      "Other names for tools, by their own names. They get no prefix.",
      like(
          sized(schema::string_field("", ""), 1, 64),
          "^[A-Za-z0-9_.-]+$",
          "1 to 64 letters, digits and _ . -"
      ),
      256
  );
  field.example = {{"read", "read_file"}};
  return field;
}

std::vector<std::string> strings_at(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? std::vector<std::string>()
                               : found->get<std::vector<std::string>>();
}

}  // namespace

Field exposure_field() {
  return with_default(
      schema::object_field(
          "expose",
          "How clients see what the backend offers.",
          {prefix_field(),
           patterns_field(
               "include",
               "The tools that are offered, by their own names or patterns. Absent: all.",
               json::array({"read", "list_*"})
           ),
           patterns_field(
               "exclude",
               "Tools that are not offered, even if they are included.",
               json::array({"*_delete"})
           ),
           rename_field()}
      ),
      json::object()
  );
}

Field check_arguments_field() {
  return with_default(
      schema::boolean_field(
          "checkArguments",
          "Whether the arguments of calls are checked by the tools' schemas before the program "
          "gets them; what is wrong is told to the model. Turn it off for a program that takes "
          "more than its schemas say."
      ),
      true
  );
}

Exposure read_exposure(const json& expose) {
  Exposure exposure;
  for (const auto& [prefix, name] : prefix_names) {
    if (string_at(expose.at("prefix")) == name) {
      exposure.prefix = prefix;
    }
  }
  exposure.include = strings_at(expose, "include");
  exposure.exclude = strings_at(expose, "exclude");
  if (const auto rename = expose.find("rename"); rename != expose.end()) {
    exposure.rename = rename->get<std::map<std::string, std::string>>();
  }
  return exposure;
}

json print_exposure(const Exposure& exposure) {
  json printed = json::object();
  for (const auto& [prefix, name] : prefix_names) {
    if (exposure.prefix == prefix) {
      printed["prefix"] = name;
    }
  }
  if (!exposure.include.empty()) {
    printed["include"] = exposure.include;
  }
  if (!exposure.exclude.empty()) {
    printed["exclude"] = exposure.exclude;
  }
  if (!exposure.rename.empty()) {
    printed["rename"] = exposure.rename;
  }
  return printed;
}

}  // namespace mooring::settings
