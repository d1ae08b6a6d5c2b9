// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>

namespace mooring::json {
namespace {

using nlohmann::json;

constexpr std::size_t node_limit = 1'000'000;
constexpr int depth_limit = 100;

// Thrown and caught in this file only: yaml-cpp reports by exceptions, so the walk does too.
struct Refused {
  std::string message;
};

std::string at(const YAML::Mark& mark) {
  return mark.is_null() ? std::string()
                        : "line " + std::to_string(mark.line + 1) + ", column " +
                              std::to_string(mark.column + 1) + ": ";
}

// YAML 1.2 core schema, section 10.3.2: what a plain scalar means.
json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") {
    return true;
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return false;
  }
  const char* first = text.data() + (text.front() == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [end, error] = std::from_chars(first, last, integer);
      error == std::errc{} && end == last) {
    return integer;
  }
  const bool numeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  double number = 0;
  if (numeric) {
    if (const auto [end, error] = std::from_chars(first, last, number);
        error == std::errc{} && end == last && std::isfinite(number)) {
      return number;
    }
  }
  return text;
}

class Reader {
 public:
  json read(const YAML::Node& node, int depth) {
    if (++nodes_ > node_limit) {
      throw Refused{at(node.Mark()) + "more than 1,000,000 values after expanding aliases"};
    }
    if (depth > depth_limit) {
      throw Refused{at(node.Mark()) + "nested deeper than 100 levels"};
    }
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return nullptr;
      case YAML::NodeType::Scalar:
        return node.Tag() == "!" ? json(node.Scalar()) : plain_scalar(node.Scalar());
      case YAML::NodeType::Sequence:
        return read_sequence(node, depth);
      case YAML::NodeType::Map:
        return read_map(node, depth);
    }
    return nullptr;
  }

 private:
  json read_sequence(const YAML::Node& node, int depth) {
    json list = json::array();
    for (const YAML::Node& item : node) {
      list.push_back(read(item, depth + 1));
    }
    return list;
  }

  json read_map(const YAML::Node& node, int depth) {
    json object = json::object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        throw Refused{at(entry.first.Mark()) + "a key must be a string"};
      }
      const std::string& key = entry.first.Scalar();
      if (object.contains(key)) {
        throw Refused{at(entry.first.Mark()) + "the key \"" + key + "\" stands twice"};
      }
      object[key] = read(entry.second, depth + 1);
    }
    return object;
  }

  std::size_t nodes_ = 0;
};

bool reads_as_itself(const std::string& text) {
  // YAML 1.1 readers take these for booleans, so they are quoted too.
  static constexpr const char* words[] = {
      "y",
      "n",
      "yes",
      "no",
      "on",
      "off",
      "Y",
      "N",
      "Yes",
      "No",
      "On",
      "Off",
      "YES",
      "NO",
      "ON",
      "OFF"};
  for (const char* word : words) {
    if (text == word) {
      return false;
    }
  }
  return plain_scalar(text).is_string();
}

void write(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginMap;
    for (const auto& [key, item] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      write(out, item);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
    for (const json& item : value) {
      write(out, item);
    }
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.find('\n') != std::string::npos && text.front() != ' ' && text.front() != '\n') {
      out << YAML::Literal << text;
    } else if (reads_as_itself(text)) {
      out << text;
    } else {
      out << YAML::DoubleQuoted << text;
    }
  } else {
    out << value.dump();
  }
}

}  // namespace

Result<std::vector<json>> parse_yaml_documents(std::string_view text) {
  try {
    std::vector<json> documents;
    for (const YAML::Node& node : YAML::LoadAll(std::string(text))) {
      if (json value = Reader().read(node, 0); !value.is_null()) {
        documents.push_back(std::move(value));
      }
    }
    return documents;
  } catch (const Refused& refused) {
    return fail(Errc::invalid, refused.message);
  } catch (const YAML::Exception& error) {
    return fail(Errc::invalid, at(error.mark) + error.msg);
  }
}

Result<json> parse_yaml(std::string_view text) {
  MOORING_TRY(auto documents, parse_yaml_documents(text));
  if (documents.size() != 1) {
    return fail(
        Errc::invalid,
        documents.empty() ? "the document is empty"
                          : "one document expected, not " + std::to_string(documents.size())
    );
  }
  return std::move(documents.front());
}

std::string to_yaml(const json& value) {
  YAML::Emitter out;
  write(out, value);
  return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace mooring::json
