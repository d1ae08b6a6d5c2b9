// SPDX-License-Identifier: Apache-2.0
#include "core/schema/field.hpp"

#include "core/time/duration.hpp"

namespace mooring::schema {
namespace {

Field make(std::string name, Type type, std::string description) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  field.description = std::move(description);
  return field;
}

}  // namespace

const Field* Field::find(std::string_view child) const {
  for (const Field& field : fields) {
    if (field.name == child) {
      return &field;
    }
  }
  return nullptr;
}

Field string_field(std::string name, std::string description) {
  return make(std::move(name), Type::string, std::move(description));
}

Field integer_field(
    std::string name, std::string description, std::int64_t minimum, std::int64_t maximum
) {
  Field field = make(std::move(name), Type::integer, std::move(description));
  field.minimum = minimum;
  field.maximum = maximum;
  return field;
}

Field boolean_field(std::string name, std::string description) {
  return make(std::move(name), Type::boolean, std::move(description));
}

Field enum_field(std::string name, std::string description, std::vector<std::string> values) {
  Field field = make(std::move(name), Type::string, std::move(description));
  field.values = std::move(values);
  return field;
}

Field duration_field(std::string name, std::string description, std::string default_value) {
  Field field = make(std::move(name), Type::string, std::move(description));
  field.pattern = time::duration_pattern;
  field.pattern_hint = "a duration such as \"30s\", \"5m\" or \"1h30m\"";
  field.maximum = 32;
  if (!default_value.empty()) {
    field.default_value = std::move(default_value);
  }
  return field;
}

Field quantity_field(std::string name, std::string description) {
  Field field = make(std::move(name), Type::quantity, std::move(description));
  field.pattern = R"(^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$)";
  field.pattern_hint = "a quantity such as \"100m\", \"0.5\" or \"256Mi\"";
  field.maximum = 32;
  return field;
}

Field object_field(std::string name, std::string description, std::vector<Field> fields) {
  Field field = make(std::move(name), Type::object, std::move(description));
  field.fields = std::move(fields);
  return field;
}

Field list_field(
    std::string name,
    std::string description,
    Field item,
    std::int64_t minimum,
    std::int64_t maximum
) {
  Field field = make(std::move(name), Type::list, std::move(description));
  field.items.push_back(std::move(item));
  field.minimum = minimum;
  field.maximum = maximum;
  return field;
}

Field keyed_list_field(
    std::string name,
    std::string description,
    std::string key,
    Field item,
    std::int64_t minimum,
    std::int64_t maximum
) {
  Field field =
      list_field(std::move(name), std::move(description), std::move(item), minimum, maximum);
  field.list_key = std::move(key);
  return field;
}

Field map_field(std::string name, std::string description, Field value, std::int64_t maximum) {
  Field field = make(std::move(name), Type::map, std::move(description));
  field.items.push_back(std::move(value));
  field.maximum = maximum;
  return field;
}

Field any_object_field(std::string name, std::string description) {
  return make(std::move(name), Type::any_object, std::move(description));
}

}  // namespace mooring::schema
