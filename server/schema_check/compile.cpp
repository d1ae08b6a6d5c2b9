// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/schema_check/dialect.hpp"
#include "server/schema_check/node.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace mooring::schema_check {

using Node = Schema::Node;

namespace {

using nlohmann::json;
using Problem = std::optional<Error>;

constexpr std::size_t max_nodes = 10'000;

constexpr std::array<std::pair<std::string_view, unsigned>, 7> type_names = {{
    {"object", object},
    {"array", array},
    {"string", string},
    {"number", number | integer},
    {"integer", integer},
    {"boolean", boolean},
    {"null", null},
}};

Problem problem(const std::string& at, const std::string& message) {
  return Error{Errc::invalid, "schema" + at + ": " + message};
}

// As a part of a JSON pointer (RFC 6901), so that each place has one name.
std::string part(const std::string& name) {
  return (json::json_pointer() / name).to_string();
}

class Compiler {
 public:
  Compiler(const json& root, Unsupported unsupported) : root_(root), unsupported_(unsupported) {
    if (unsupported == Unsupported::left) {
      dialect_ = dialect_of(root);
      has_own_roots_ = has_embedded_schema(root);
    }
  }

  // The place of the schema there; each is compiled once, so that references may go in circles.
  Result<Node::Index> compile(const json& schema, const std::string& at) {
    if (const auto known = places_.find(at); known != places_.end()) {
      return known->second;
    }
    if (nodes.size() == max_nodes) {
      return fail(Errc::invalid, "schema: has more than 10000 parts");
    }
    if (depth_ == max_depth && unsupported_ == Unsupported::refused) {
      return fail(Errc::invalid, "schema" + at + ": is nested deeper than 128 schemas");
    }
    const Node::Index place = nodes.size();
    places_.emplace(at, place);
    nodes.emplace_back();
    const Deeper deeper(depth_);
    Node node;
    if (dialect_ == Dialect::unknown || depth_ > max_depth) {
      node.inexact = true;
    } else if (schema.is_boolean()) {
      node.never = !schema.get<bool>();
    } else if (!schema.is_object()) {
      if (unsupported_ == Unsupported::refused) {
        return fail(Errc::invalid, "schema" + at + ": must be an object, true or false");
      }
      node.inexact = true;
    } else if (auto found = take_all(node, schema, at)) {
      return tl::unexpected(*std::move(found));
    }
    nodes[place] = std::move(node);
    return place;
  }

  std::vector<Node> nodes;

 private:
  // Parts in parts, and references to them: each costs stack.
  static constexpr std::size_t max_depth = 128;

  class Deeper {
   public:
    explicit Deeper(std::size_t& depth) : depth_(depth) { ++depth_; }

    ~Deeper() { --depth_; }

    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    std::size_t& depth_;
  };

  using Taker = Problem (Compiler::*)(Node&, const json&, const std::string&);

  Problem take_all(Node& node, const json& schema, const std::string& at) {
    if (unsupported_ == Unsupported::left && schema.value("nullable", json()) == true) {
      node.inexact = true;  // of OpenAPI: null is meant to fit whatever else is said
      return std::nullopt;
    }
    const bool only_reference = dialect_ == Dialect::old && schema.contains("$ref");
    for (const auto& [keyword, value] : schema.items()) {
      if (only_reference && keyword != "$ref") {
        continue;  // up to draft 7 its neighbours mean nothing
      }
      auto found = take(node, keyword, value, at + part(keyword));
      if (found && (unsupported_ == Unsupported::refused || is_full())) {
        return found;
      }
      node.inexact = node.inexact || found;
      if (found && keyword == "patternProperties") {
        // Nobody knows then which members are additional (members stand in alphabetical order).
        node.closed = false;
        node.additional.reset();
      }
    }
    return std::nullopt;
  }

  bool is_full() const { return nodes.size() == max_nodes; }

  Problem take(Node& node, const std::string& keyword, const json& value, const std::string& at) {
    static const std::map<std::string_view, Taker> takers = {
        {"type", &Compiler::take_type},
        {"enum", &Compiler::take_enum},
        {"const", &Compiler::take_const},
        {"properties", &Compiler::take_properties},
        {"required", &Compiler::take_required},
        {"additionalProperties", &Compiler::take_additional},
        {"minProperties", &Compiler::take_count<&Node::min_properties>},
        {"maxProperties", &Compiler::take_count<&Node::max_properties>},
        {"patternProperties", &Compiler::take_patterned},
        {"propertyNames", &Compiler::take_schema<&Node::names>},
        {"dependentRequired", &Compiler::take_dependents},
        {"prefixItems", &Compiler::take_list<&Node::prefix_items>},
        {"items", &Compiler::take_schema<&Node::items>},
        {"minItems", &Compiler::take_count<&Node::min_items>},
        {"maxItems", &Compiler::take_count<&Node::max_items>},
        {"minimum", &Compiler::take_bound<&Node::minimum>},
        {"maximum", &Compiler::take_bound<&Node::maximum>},
        {"exclusiveMinimum", &Compiler::take_bound<&Node::above>},
        {"exclusiveMaximum", &Compiler::take_bound<&Node::below>},
        {"minLength", &Compiler::take_count<&Node::min_length>},
        {"maxLength", &Compiler::take_count<&Node::max_length>},
        {"pattern", &Compiler::take_pattern},
        {"allOf", &Compiler::take_list<&Node::all_of>},
        {"anyOf", &Compiler::take_list<&Node::any_of>},
        {"oneOf", &Compiler::take_list<&Node::one_of>},
        {"not", &Compiler::take_schema<&Node::negated>},
        {"if", &Compiler::take_schema<&Node::condition>},
        {"then", &Compiler::take_schema<&Node::then>},
        {"else", &Compiler::take_schema<&Node::otherwise>},
        {"$ref", &Compiler::take_reference},
    };
    static constexpr std::array<std::string_view, 19> annotations = {
        "title",     "description",      "default",         "examples",    "deprecated",
        "readOnly",  "writeOnly",        "format",          "$schema",     "$comment",
        "$defs",     "definitions",      "contentEncoding", "$id",         "$anchor",
        "enumNames", "contentMediaType", "contentSchema",   "$vocabulary",
    };
    if (const auto taker = takers.find(keyword); taker != takers.end()) {
      return (this->*taker->second)(node, value, at);
    }
    const bool annotates =
        std::find(annotations.begin(), annotations.end(), keyword) != annotations.end();
    if (annotates || keyword.starts_with("x-")) {
      return std::nullopt;
    }
    std::vector<std::string> known;
    for (const auto& [name, taker] : takers) {
      known.emplace_back(name);
    }
    return problem(at, "keyword is not supported; supported are " + text::join(known, ", "));
  }

  Problem take_type(Node& node, const json& value, const std::string& at) {
    const json list = value.is_array() ? value : json::array({value});
    unsigned types = 0;
    for (const json& entry : list) {
      const auto known = std::find_if(type_names.begin(), type_names.end(), [&](const auto& type) {
        return entry.is_string() && entry.get_ref<const std::string&>() == type.first;
      });
      if (known == type_names.end()) {
        return problem(
            at,
            "is " + entry.dump() +
                ", must be one of: object, array, string, number, integer, boolean, null"
        );
      }
      types |= known->second;
    }
    node.types = types;
    return types == 0 ? problem(at, "must name at least one type") : std::nullopt;
  }

  Problem take_enum(Node& node, const json& value, const std::string& at) {
    if (!value.is_array() || value.empty()) {
      return problem(at, "must be a list of at least one value");
    }
    node.allowed = value.get<std::vector<json>>();
    return std::nullopt;
  }

  Problem take_const(Node& node, const json& value, const std::string&) {
    node.allowed = std::vector<json>{value};
    return std::nullopt;
  }

  Problem take_properties(Node& node, const json& value, const std::string& at) {
    if (!value.is_object()) {
      return problem(at, "must be an object of schemas");
    }
    for (const auto& [name, schema] : value.items()) {
      auto place = compile(schema, at + part(name));
      if (!place) {
        return std::move(place).error();
      }
      node.properties.emplace_back(name, *place);
    }
    return std::nullopt;
  }

  Problem take_required(Node& node, const json& value, const std::string& at) {
    const auto is_string = [](const json& entry) { return entry.is_string(); };
    if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_string)) {
      return problem(at, "must be a list of names");
    }
    node.required = value.get<std::vector<std::string>>();
    return std::nullopt;
  }

  Problem take_additional(Node& node, const json& value, const std::string& at) {
    if (value.is_boolean()) {
      node.closed = !value.get<bool>();
      return std::nullopt;
    }
    return take_schema<&Node::additional>(node, value, at);
  }

  template <std::optional<Node::Index> Node::*Member>
  Problem take_schema(Node& node, const json& value, const std::string& at) {
    auto place = compile(value, at);
    if (!place) {
      return std::move(place).error();
    }
    node.*Member = *place;
    return std::nullopt;
  }

  template <std::vector<Node::Index> Node::*Member>
  Problem take_list(Node& node, const json& value, const std::string& at) {
    if (!value.is_array() || value.empty()) {
      return problem(at, "must be a list of at least one schema");
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto place = compile(value[i], at + "/" + std::to_string(i));
      if (!place) {
        return std::move(place).error();
      }
      (node.*Member).push_back(*place);
    }
    return std::nullopt;
  }

  template <std::optional<std::uint64_t> Node::*Member>
  Problem take_count(Node& node, const json& value, const std::string& at) {
    if (!value.is_number_unsigned()) {
      return problem(at, "is " + value.dump() + ", must be an integer of at least 0");
    }
    node.*Member = value.get<std::uint64_t>();
    return std::nullopt;
  }

  template <std::optional<double> Node::*Member>
  Problem take_bound(Node& node, const json& value, const std::string& at) {
    if (!value.is_number()) {
      return problem(at, "is " + value.dump() + ", must be a number");
    }
    node.*Member = value.get<double>();
    return std::nullopt;
  }

  Result<std::shared_ptr<const RE2>> compile_pattern(
      const std::string& text, const std::string& at
  ) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(1 << 20);
    auto pattern = std::make_shared<const RE2>(text, options);
    if (!pattern->ok()) {
      return tl::unexpected(
          *problem(at, "is " + json(text).dump() + ", which is no RE2 pattern: " + pattern->error())
      );
    }
    return pattern;
  }

  Problem take_pattern(Node& node, const json& value, const std::string& at) {
    if (!value.is_string()) {
      return problem(at, "must be a string");
    }
    auto pattern = compile_pattern(value.get_ref<const std::string&>(), at);
    if (!pattern) {
      return std::move(pattern).error();
    }
    node.pattern = *std::move(pattern);
    return std::nullopt;
  }

  Problem take_patterned(Node& node, const json& value, const std::string& at) {
    if (!value.is_object()) {
      return problem(at, "must be an object of schemas");
    }
    Problem first;
    for (const auto& [text, schema] : value.items()) {
      auto pattern = compile_pattern(text, at);
      if (!pattern) {
        first = first ? first : std::move(pattern).error();
        continue;
      }
      auto place = compile(schema, at + part(text));
      if (!place) {
        return std::move(place).error();
      }
      node.patterned.emplace_back(*std::move(pattern), *place);
    }
    return first;
  }

  Problem take_dependents(Node& node, const json& value, const std::string& at) {
    if (!value.is_object()) {
      return problem(at, "must be an object of lists of names");
    }
    for (const auto& [name, others] : value.items()) {
      Node with;
      if (auto found = take_required(with, others, at + "/" + name)) {
        return found;
      }
      node.dependents.emplace_back(name, std::move(with.required));
    }
    return std::nullopt;
  }

  Problem take_reference(Node& node, const json& value, const std::string& at) {
    const std::string target = value.is_string() ? value.get<std::string>() : "";
    if (target != "#" && !target.starts_with("#/")) {
      return problem(at, "is " + value.dump() + ", must point into this schema: \"#/$defs/…\"");
    }
    if (has_own_roots_) {
      return problem(at, "cannot be resolved where parts of the schema have an \"$id\"");
    }
    json::json_pointer pointer;
    try {
      pointer = json::json_pointer(target.substr(1));
      if (!root_.contains(pointer)) {
        return problem(at, "is " + value.dump() + ", and nothing is there");
      }
    } catch (const json::exception&) {
      return problem(at, "is " + value.dump() + ", which is no JSON pointer");
    }
    auto place = compile(root_[pointer], pointer.to_string());
    if (!place) {
      return std::move(place).error();
    }
    node.reference = *place;
    return std::nullopt;
  }

  const json& root_;
  const Unsupported unsupported_;
  Dialect dialect_ = Dialect::current;
  bool has_own_roots_ = false;
  std::map<std::string, Node::Index> places_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<Schema> Schema::compile(const json& schema, Unsupported unsupported) {
  Compiler compiler(schema, unsupported);
  if (auto root = compiler.compile(schema, ""); !root) {
    return tl::unexpected(std::move(root).error());
  }
  if (goes_in_circles(compiler.nodes)) {
    return fail(Errc::invalid, "schema: a \"$ref\" leads back to itself without end");
  }
  Schema compiled;
  compiled.nodes_ = std::make_shared<const std::vector<Node>>(std::move(compiler.nodes));
  return compiled;
}

}  // namespace mooring::schema_check
