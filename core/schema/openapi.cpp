// SPDX-License-Identifier: Apache-2.0
#include "core/schema/openapi.hpp"

#include "core/text/ascii.hpp"

namespace mooring::schema {
namespace {

using nlohmann::json;

void add_bounds(json& schema, const Field& field) {
  const char* low = "minimum";
  const char* high = "maximum";
  if (field.type == Type::string || field.type == Type::quantity) {
    low = "minLength", high = "maxLength";
  } else if (field.type == Type::list) {
    low = "minItems", high = "maxItems";
  } else if (field.type == Type::map || field.type == Type::any_object) {
    low = "minProperties", high = "maxProperties";
  }
  if (field.minimum) {
    schema[low] = *field.minimum;
  }
  if (field.maximum) {
    schema[high] = *field.maximum;
  }
}

// Defaults in the schema are written into what the API server stores. What compares that with what
// was applied takes lists as a whole, and would find each that a default was added to changed for
// ever: inside of lists the readers fill them in.
enum class Defaults { in_schema, told };

json openapi_of(const Field& field, Defaults defaults);

void add_type(json& schema, const Field& field, Defaults defaults) {
  switch (field.type) {
    case Type::string:
      schema["type"] = "string";
      break;
    case Type::integer:
      schema["type"] = "integer";
      schema["format"] = "int64";
      break;
    case Type::number:
      schema["type"] = "number";
      break;
    case Type::boolean:
      schema["type"] = "boolean";
      break;
    case Type::any_object:
      schema["type"] = "object";
      schema["x-kubernetes-preserve-unknown-fields"] = true;
      break;
    case Type::quantity:
      schema["anyOf"] = json::array({{{"type", "integer"}}, {{"type", "string"}}});
      schema["x-kubernetes-int-or-string"] = true;
      break;
    case Type::map:
      schema["type"] = "object";
      schema["additionalProperties"] = openapi_of(field.items.front(), defaults);
      break;
    case Type::list:
      schema["type"] = "array";
      schema["items"] = openapi_of(field.items.front(), Defaults::told);
      if (field.list_key.empty()) {
        schema["x-kubernetes-list-type"] = "atomic";
      } else {
        schema["x-kubernetes-list-type"] = "map";
        schema["x-kubernetes-list-map-keys"] = json::array({field.list_key});
      }
      break;
    case Type::object:
      schema["type"] = "object";
      schema["properties"] = json::object();
      for (const Field& child : field.fields) {
        schema["properties"][child.name] = openapi_of(child, defaults);
        if (child.required) {
          schema["required"].push_back(child.name);
        }
      }
      break;
  }
}

std::string type_name(const Field& field) {
  switch (field.type) {
    case Type::string:
      return field.values.empty() ? "string" : text::join(field.values, " | ");
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::boolean:
      return "boolean";
    case Type::object:
      return "object";
    case Type::any_object:
      return "any object";
    case Type::quantity:
      return "quantity";
    case Type::map:
      return "map of " + type_name(field.items.front());
    case Type::list:
      return "list of " + type_name(field.items.front()) +
             (field.list_key.empty() ? "" : ", by `" + field.list_key + "`");
  }
  return "";
}

std::string bounds(const Field& field) {
  std::string range;
  if (field.minimum && field.maximum) {
    range = std::to_string(*field.minimum) + " to " + std::to_string(*field.maximum);
  } else if (field.minimum) {
    range = "at least " + std::to_string(*field.minimum);
  } else if (field.maximum) {
    range = "at most " + std::to_string(*field.maximum);
  }
  if (!range.empty() && field.type != Type::integer && field.type != Type::number) {
    range +=
        field.type == Type::string || field.type == Type::quantity ? " characters" : " entries";
  }
  if (!field.pattern_hint.empty()) {
    range = field.pattern_hint + (range.empty() ? "" : "; " + range);
  }
  if (field.type == Type::list || field.type == Type::map) {
    if (const std::string each = bounds(field.items.front()); !each.empty()) {
      range += ", each: " + each;
    }
  }
  return range;
}

std::string default_text(const Field& field) {
  if (field.required) {
    return "**required**";
  }
  return field.default_value.is_null() ? "" : "`" + field.default_value.dump() + "`";
}

std::string cel_literal(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    literal += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  }
  return literal + "'";
}

// Of what is written in its place: a list's entries are shown with it.
std::vector<Rule> rules_of(const Field& field) {
  std::vector<Rule> rules = field.rules;
  if (field.type == Type::list || field.type == Type::map) {
    const std::vector<Rule>& each = field.items.front().rules;
    rules.insert(rules.end(), each.begin(), each.end());
  }
  return rules;
}

std::string rules_text(const Field& field) {
  std::string text;
  for (const Rule& rule : rules_of(field)) {
    text += " Rule: " + rule.message + ".";
  }
  return text;
}

const std::vector<Field>& children(const Field& field) {
  const bool nested = (field.type == Type::list || field.type == Type::map) &&
                      field.items.front().type == Type::object;
  return nested ? field.items.front().fields : field.fields;
}

std::string child_path(const Field& field, const std::string& path) {
  return path + (field.type == Type::list ? "[]" : field.type == Type::map ? ".*" : "");
}

// A bar would end the cell of the table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? "\\|" : std::string(1, c);
  }
  return escaped;
}

std::string example_text(const Field& field) {
  return field.example.is_null() ? "" : " Example: `" + field.example.dump() + "`.";
}

void add_rows(std::string& table, const Field& field, const std::string& path) {
  table += "| `" + path + "` | " + cell(type_name(field)) + " | " + cell(default_text(field)) +
           " | " + cell(bounds(field)) + " | " +
           cell(field.description + rules_text(field) + example_text(field)) + " |\n";
  for (const Field& child : children(field)) {
    add_rows(table, child, child_path(field, path) + "." + child.name);
  }
}

void explain_line(std::string& out, const Field& field, const std::string& indent) {
  out +=
      indent + field.name + " <" + type_name(field) + ">" + (field.required ? " (required)" : "");
  if (!field.default_value.is_null()) {
    out += " default " + field.default_value.dump();
  }
  if (const std::string range = bounds(field); !range.empty()) {
    out += ", " + range;
  }
  out += "\n" + indent + "  " + field.description + "\n";
  for (const Rule& rule : rules_of(field)) {
    out += indent + "  Rule: " + rule.message + "\n";
  }
  if (!field.example.is_null()) {
    out += indent + "  Example: " + field.example.dump() + "\n";
  }
}

void add_rules(json& schema, const Field& field) {
  for (const Rule& rule : field.rules) {
    if (!rule.cel.empty()) {
      json validation = {{"rule", rule.cel}, {"message", rule.message}};
      if (!rule.cel_culprit.empty()) {
        // The message stands for one that cannot be made: too long, or with a line break.
        validation["messageExpression"] =
            rule.cel_culprit + " + " + cel_literal(", " + rule.message);
      }
      schema["x-kubernetes-validations"].push_back(std::move(validation));
    }
  }
}

void add_default(json& schema, const Field& field, Defaults defaults) {
  if (field.default_value.is_null()) {
    return;
  }
  if (defaults == Defaults::in_schema) {
    schema["default"] = field.default_value;
  } else if (field.type != Type::object) {
    schema["description"] = field.description + " Default: " + field.default_value.dump() + ".";
  }
}

json openapi_of(const Field& field, Defaults defaults) {
  json schema = json::object();
  if (!field.description.empty()) {
    schema["description"] = field.description;
  }
  add_type(schema, field, defaults);
  if (field.type != Type::quantity) {
    add_bounds(schema, field);
  }
  if (!field.pattern.empty()) {
    schema["pattern"] = field.pattern;
  }
  if (!field.values.empty()) {
    schema["enum"] = field.values;
  }
  add_default(schema, field, defaults);
  add_rules(schema, field);
  return schema;
}

}  // namespace

json to_openapi(const Field& field) {
  return openapi_of(field, Defaults::in_schema);
}

std::string to_markdown(const Field& root, const std::string& path) {
  std::string table =
      "| Field | Type | Default | Allowed | What it does |\n|---|---|---|---|---|\n";
  for (const Field& child : root.fields) {
    add_rows(table, child, path.empty() ? child.name : path + "." + child.name);
  }
  return table;
}

std::string explain(const Field& root, const std::string& root_path, const std::string& path) {
  const Field* field = &root;
  if (path != root_path) {
    if (!path.starts_with(root_path + ".")) {
      return "";
    }
    for (std::string_view part :
         text::split(std::string_view(path).substr(root_path.size() + 1), '.')) {
      const std::string name(part.substr(0, part.find('[')));
      const Field* next = nullptr;
      for (const Field& child : children(*field)) {
        next = child.name == name ? &child : next;
      }
      if (next == nullptr) {
        return "";
      }
      field = next;
    }
  }
  std::string out;
  explain_line(out, *field, "");
  if (!children(*field).empty()) {
    out += "\nFields:\n";
    for (const Field& child : children(*field)) {
      explain_line(out, child, "  ");
    }
  }
  return out;
}

}  // namespace mooring::schema
