// SPDX-License-Identifier: Apache-2.0
#include "core/schema/check.hpp"

#include "core/text/ascii.hpp"
#include "core/text/suggest.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <set>

namespace mooring::schema {
namespace {

using nlohmann::json;

constexpr std::size_t error_limit = 50;

std::string shown(const json& value) {
  return value.is_string() ? text::quoted(value.get_ref<const std::string&>())
                           : std::string(text::utf8_cut(
                                 value.dump(-1, ' ', false, json::error_handler_t::replace), 80
                             ));
}

// A name of the user's own in a path: short, and on one line.
std::string child_path(const std::string& path, std::string_view key) {
  const std::string shown_key = text::quoted(key);
  return path + (path.empty() ? "" : ".") + shown_key.substr(1, shown_key.size() - 2);
}

std::string_view kind_of(const json& value) {
  if (value.is_number_integer()) {
    return "an integer";
  }
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "a list";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "a boolean";
    default:
      return "a number";
  }
}

std::string_view kind_wanted(Type type) {
  switch (type) {
    case Type::string:
      return "a string";
    case Type::integer:
      return "an integer";
    case Type::number:
      return "a number";
    case Type::boolean:
      return "true or false";
    case Type::object:
    case Type::map:
    case Type::any_object:
      return "an object";
    case Type::list:
      return "a list";
    case Type::quantity:
      return "a quantity (string or integer)";
  }
  return "another type";
}

bool type_fits(Type type, const json& value) {
  switch (type) {
    case Type::string:
      return value.is_string();
    case Type::integer:
      return value.is_number_integer();
    case Type::number:
      return value.is_number();
    case Type::boolean:
      return value.is_boolean();
    case Type::object:
    case Type::map:
    case Type::any_object:
      return value.is_object();
    case Type::list:
      return value.is_array();
    case Type::quantity:
      return value.is_string() || value.is_number_integer();
  }
  return false;
}

class Checker {
 public:
  std::vector<FieldError> errors;

  void visit(const Field& field, json& value, const std::string& path) {
    // What cannot be written in a document: an octet string in place of one that is no text.
    if (value.is_binary()) {
      add(path, "is not UTF-8, must be " + std::string(kind_wanted(field.type)));
      return;
    }
    if (!type_fits(field.type, value)) {
      add(path,
          "is " + shown(value) + " (" + std::string(kind_of(value)) + "), must be " +
              std::string(kind_wanted(field.type)));
      return;
    }
    const std::size_t before = errors.size();
    check_bounds(field, value, path);
    check_string(field, value, path);
    descend(field, value, path);
    if (errors.size() == before) {
      check_rules(field, value, path);
    }
  }

 private:
  void add(const std::string& path, std::string message) {
    if (errors.size() < error_limit) {
      errors.push_back({path, std::move(message)});
    }
  }

  void check_bounds(const Field& field, const json& value, const std::string& path) {
    const auto [size, unit] = measured(field, value);
    if ((field.minimum && size < static_cast<double>(*field.minimum)) ||
        (field.maximum && size > static_cast<double>(*field.maximum))) {
      add(path,
          unit.empty() ? "is " + shown(value) + ", must be " + range(field)
                       : "has " + json(static_cast<std::int64_t>(size)).dump() + unit +
                             ", must have " + range(field) + unit);
    }
    if (field.type == Type::quantity && value.is_number() && value.get<double>() < 0) {
      add(path, "is " + shown(value) + ", must be " + field.pattern_hint);
    }
  }

  // What minimum and maximum are about; characters are code points, as the API server counts them.
  static std::pair<double, std::string> measured(const Field& field, const json& value) {
    if (field.type == Type::integer || field.type == Type::number) {
      return {value.get<double>(), ""};
    }
    if (value.is_string()) {
      const std::size_t length = text::utf8_characters(value.get_ref<const std::string&>());
      return {static_cast<double>(length), " characters"};
    }
    return {static_cast<double>(value.size()), " entries"};
  }

  static std::string range(const Field& field) {
    if (field.minimum && field.maximum) {
      return std::to_string(*field.minimum) + " to " + std::to_string(*field.maximum);
    }
    return field.minimum ? "at least " + std::to_string(*field.minimum)
                         : "at most " + std::to_string(*field.maximum);
  }

  void check_string(const Field& field, const json& value, const std::string& path) {
    if (!value.is_string()) {
      return;
    }
    const auto& text = value.get_ref<const std::string&>();
    if (!field.values.empty() &&
        std::find(field.values.begin(), field.values.end(), text) == field.values.end()) {
      add(path, "is " + shown(value) + ", must be one of: " + text::join(field.values, ", "));
    }
    if (!field.pattern.empty() && !RE2::FullMatch(text, field.pattern)) {
      add(path,
          "is " + shown(value) + ", must be " +
              (field.pattern_hint.empty() ? "like " + field.pattern : field.pattern_hint));
    }
  }

  void descend(const Field& field, json& value, const std::string& path) {
    if (field.type == Type::object) {
      visit_object(field, value, path);
    } else if (field.type == Type::list) {
      for (std::size_t i = 0; i < value.size() && errors.size() < error_limit; ++i) {
        visit(field.items.front(), value[i], path + "[" + std::to_string(i) + "]");
      }
      check_keys(field, value, path);
    } else if (field.type == Type::map) {
      for (auto& [key, item] : value.items()) {
        visit(field.items.front(), item, child_path(path, key));
      }
    }
  }

  void visit_object(const Field& field, json& value, const std::string& path) {
    for (const auto& [key, item] : value.items()) {
      if (field.find(key) == nullptr) {
        add(child_path(path, key), unknown(field, key));
      }
    }
    for (const Field& child : field.fields) {
      auto found = value.find(child.name);
      // Kubernetes drops an explicit null where a default or nothing can stand.
      if (found != value.end() && found->is_null() && !child.required) {
        value.erase(found);
        found = value.end();
      }
      if (found == value.end() && !child.default_value.is_null()) {
        value[child.name] = child.default_value;
        found = value.find(child.name);
      }
      if (found != value.end()) {
        visit(child, *found, child_path(path, child.name));
      } else if (child.required) {
        add(child_path(path, child.name), "is missing: " + child.description);
      }
    }
  }

  static std::string unknown(const Field& field, const std::string& key) {
    std::vector<std::string> names;
    for (const Field& child : field.fields) {
      names.push_back(child.name);
    }
    return "unknown field" + text::hint(key, names);
  }

  void check_keys(const Field& field, const json& value, const std::string& path) {
    if (field.list_key.empty()) {
      return;
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_object() || !value[i].contains(field.list_key)) {
        continue;
      }
      const json& key = value[i][field.list_key];
      if (!seen.insert(key.dump()).second) {
        add(path + "[" + std::to_string(i) + "]." + field.list_key,
            "is " + shown(key) + ", which an entry before it has already; each must have its own");
      }
    }
  }

  void check_rules(const Field& field, const json& value, const std::string& path) {
    for (const Rule& rule : field.rules) {
      if (rule.holds == nullptr || rule.holds(value)) {
        continue;
      }
      if (rule.culprit != nullptr) {
        add(path, rule.culprit(value) + ", " + rule.message);
        continue;
      }
      const bool says_value = value.is_structured() || !rule.message.starts_with("must ");
      add(path, says_value ? rule.message : "is " + shown(value) + ", " + rule.message);
    }
  }
};

}  // namespace

Checked check(const Field& root, json value, const std::string& path) {
  Checker checker;
  checker.visit(root, value, path);
  return {std::move(value), std::move(checker.errors)};
}

}  // namespace mooring::schema
