// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "core/text/suggest.hpp"
#include "server/schema_check/node.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace mooring::schema_check {
namespace {

using nlohmann::json;
using Node = Schema::Node;

constexpr std::size_t max_errors = 20;
// References may double the work with each step: what is not settled by then is not sure. A visit
// reads its value once or a few times, so a long one counts as several.
constexpr std::size_t max_visits = 100'000;
constexpr std::size_t bytes_a_visit = 1'024;

bool is_whole(double number) {
  return std::floor(number) == number;
}

unsigned types_of(rpc::Value value) {
  switch (value.kind) {
    case rpc::Kind::object:
      return object;
    case rpc::Kind::array:
      return array;
    case rpc::Kind::string:
      return string;
    case rpc::Kind::number:
      return rpc::integer_of(value) || is_whole(rpc::double_of(value)) ? integer : number;
    case rpc::Kind::boolean:
      return boolean;
    default:
      return null;
  }
}

std::string describe_types(unsigned types) {
  std::vector<std::string> names;
  const auto add = [&](unsigned bits, const char* name) {
    if ((types & bits) == bits) {
      names.emplace_back(name);
      types &= ~bits;
    }
  };
  add(object, "an object");
  add(array, "a list");
  add(string, "a string");
  add(number | integer, "a number");
  add(integer, "an integer");
  add(boolean, "true or false");
  add(null, "null");
  return text::join(names, " or ");
}

std::string shown(rpc::Value value) {
  constexpr std::size_t limit = 60;
  return std::string(value.raw.substr(0, limit)) + (value.raw.size() > limit ? "…" : "");
}

std::string shown(double number) {
  return is_whole(number) && std::abs(number) < 1e15
             ? std::to_string(static_cast<long long>(number))
             : json(number).dump();
}

bool is_one_of(const std::vector<json>& allowed, rpc::Value value) {
  if (value.is(rpc::Kind::string)) {
    return std::any_of(allowed.begin(), allowed.end(), [value](const json& wanted) {
      return wanted.is_string() && rpc::says(value.raw, wanted.get_ref<const std::string&>());
    });
  }
  const json read = json::parse(value.raw, nullptr, false);
  return std::find(allowed.begin(), allowed.end(), read) != allowed.end();
}

std::uint64_t characters(std::string_view utf8) {
  return static_cast<std::uint64_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

class Checker {
 public:
  /// `visits` is how many more parts of the schema may be looked at, by this and what it asks.
  Checker(const std::vector<Node>& nodes, std::size_t& visits) : nodes_(nodes), visits_(visits) {}

  void check(Node::Index place, rpc::Value value, const std::string& path) {
    const std::size_t visits = 1 + value.raw.size() / bytes_a_visit;
    if (visits_ < visits) {
      visits_ = 0;
      is_sure = false;
      return;
    }
    visits_ -= visits;
    const Node& node = nodes_[place];
    is_sure = is_sure && !node.inexact;
    if (errors.size() >= max_errors || !check_type(node, value, path)) {
      return;
    }
    if (node.allowed) {
      check_allowed(*node.allowed, value, path);
    }
    switch (value.kind) {
      case rpc::Kind::object:
        check_object(node, value, path);
        break;
      case rpc::Kind::array:
        check_array(node, value, path);
        break;
      case rpc::Kind::string:
        check_string(node, value, path);
        break;
      case rpc::Kind::number:
        check_number(node, rpc::double_of(value), path);
        break;
      default:
        break;
    }
    check_combinations(node, value, path);
  }

  std::vector<FieldError> errors;
  /// Whether no error means that the value fits. That there is an error is always sure.
  bool is_sure = true;

 private:
  enum class Fit { no, maybe, yes };

  void complain(const std::string& path, std::string message) {
    if (errors.size() < max_errors) {
      errors.push_back({path, std::move(message)});
    }
  }

  bool check_type(const Node& node, rpc::Value value, const std::string& path) {
    if (node.never) {
      complain(path, "is not allowed");
      return false;
    }
    if (node.types != 0 && (node.types & types_of(value)) == 0) {
      complain(path, "is " + shown(value) + ", must be " + describe_types(node.types));
      return false;
    }
    return true;
  }

  void check_allowed(const std::vector<json>& allowed, rpc::Value value, const std::string& path) {
    if (is_one_of(allowed, value)) {
      return;
    }
    std::vector<std::string> list;
    for (const json& wanted : allowed) {
      list.push_back(wanted.dump());
    }
    const char* lead = list.size() == 1 ? ", must be " : ", must be one of: ";
    complain(path, "is " + shown(value) + lead + text::join(list, ", "));
  }

  void check_object(const Node& node, rpc::Value value, const std::string& path) {
    // A tree, not a list or a hash table: the client chooses how many names there are, and which.
    std::set<std::string> seen;
    rpc::Members members(value);
    while (errors.size() < max_errors && members.next()) {
      const auto [name, is_new] = seen.insert(rpc::text_of(members.key));
      const std::string member_path = path + "." + *name;
      if (!is_new) {
        complain(member_path, "stands there twice");
      }
      check_member(node, *name, members.value, member_path);
      if (node.names) {
        check(
            *node.names,
            {rpc::Kind::string, members.key},
            path + ": the name " + text::quoted(*name)
        );
      }
    }
    for (const std::string& name : node.required) {
      if (errors.size() < max_errors && !seen.contains(name)) {
        complain(path + "." + name, "is missing");
      }
    }
    for (const auto& [name, others] : node.dependents) {
      for (const std::string& other : others) {
        if (seen.contains(name) && !seen.contains(other)) {
          complain(path + "." + other, "is missing, as " + text::quoted(name) + " is there");
        }
      }
    }
    check_count(seen.size(), node.min_properties, node.max_properties, "members", path);
  }

  void check_member(
      const Node& node, const std::string& name, rpc::Value value, const std::string& path
  ) {
    const auto property =
        std::find_if(node.properties.begin(), node.properties.end(), [&name](const auto& entry) {
          return entry.first == name;
        });
    bool is_known = property != node.properties.end();
    if (is_known) {
      check(property->second, value, path);
    }
    for (const auto& [pattern, place] : node.patterned) {
      if (RE2::PartialMatch(name, *pattern)) {
        is_known = true;
        check(place, value, path);
      }
    }
    if (is_known) {
      return;
    }
    if (node.additional) {
      check(*node.additional, value, path);
    } else if (node.closed) {
      complain(path, "is unknown" + hint(node, name));
    }
  }

  static std::string hint(const Node& node, const std::string& name) {
    std::vector<std::string> known;
    for (const auto& [property, place] : node.properties) {
      known.push_back(property);
    }
    if (const auto near = text::suggest(name, known)) {
      return "; did you mean " + text::quoted(*near) + "?";
    }
    return known.empty() ? "; no arguments are taken" : "; known are: " + text::join(known, ", ");
  }

  void check_array(const Node& node, rpc::Value value, const std::string& path) {
    std::size_t count = 0;
    rpc::Elements elements(value);
    for (; errors.size() < max_errors && elements.next(); ++count) {
      const std::string entry_path = path + "[" + std::to_string(count) + "]";
      if (count < node.prefix_items.size()) {
        check(node.prefix_items[count], elements.value, entry_path);
      } else if (node.items) {
        check(*node.items, elements.value, entry_path);
      }
    }
    check_count(count, node.min_items, node.max_items, "entries", path);
  }

  void check_string(const Node& node, rpc::Value value, const std::string& path) {
    if (!node.min_length && !node.max_length && !node.pattern) {
      return;
    }
    const std::string text = rpc::text_of(value.raw);
    check_count(characters(text), node.min_length, node.max_length, "characters", path);
    if (node.pattern && !RE2::PartialMatch(text, *node.pattern)) {
      complain(path, "is " + shown(value) + ", must match the pattern " + node.pattern->pattern());
    }
  }

  void check_count(
      std::uint64_t count,
      std::optional<std::uint64_t> least,
      std::optional<std::uint64_t> most,
      const char* of,
      const std::string& path
  ) {
    const std::string has = "has " + std::to_string(count) + " " + of + ", must have at ";
    if (least && count < *least) {
      complain(path, has + "least " + std::to_string(*least));
    }
    if (most && count > *most) {
      complain(path, has + "most " + std::to_string(*most));
    }
  }

  void check_number(const Node& node, double number, const std::string& path) {
    const auto refuse = [&](const char* relation, double bound) {
      complain(path, "is " + shown(number) + ", must be " + relation + shown(bound));
    };
    if (node.minimum && number < *node.minimum) {
      refuse("at least ", *node.minimum);
    }
    if (node.maximum && number > *node.maximum) {
      refuse("at most ", *node.maximum);
    }
    if (node.above && number <= *node.above) {
      refuse("more than ", *node.above);
    }
    if (node.below && number >= *node.below) {
      refuse("less than ", *node.below);
    }
  }

  void check_combinations(const Node& node, rpc::Value value, const std::string& path) {
    if (node.reference) {
      check(*node.reference, value, path);
    }
    for (const Node::Index place : node.all_of) {
      check(place, value, path);
    }
    check_any_of(node, value, path);
    check_one_of(node, value, path);
    if (node.negated) {
      const Fit fit = fit_of(*node.negated, value);
      is_sure = is_sure && fit != Fit::maybe;
      if (fit == Fit::yes) {
        complain(path, "is " + shown(value) + ", which is of the form that is not allowed (not)");
      }
    }
    if (node.condition) {
      const Fit fit = fit_of(*node.condition, value);
      is_sure = is_sure && fit != Fit::maybe;
      if (const auto& chosen = fit == Fit::yes ? node.then : node.otherwise;
          chosen && fit != Fit::maybe) {
        check(*chosen, value, path);
      }
    }
  }

  Fit fit_of(Node::Index place, rpc::Value value) const {
    Checker apart(nodes_, visits_);
    apart.check(place, value, "");
    if (!apart.errors.empty()) {
      return Fit::no;
    }
    return apart.is_sure ? Fit::yes : Fit::maybe;
  }

  void check_any_of(const Node& node, rpc::Value value, const std::string& path) {
    Fit best = node.any_of.empty() ? Fit::yes : Fit::no;
    for (std::size_t i = 0; i < node.any_of.size() && best != Fit::yes; ++i) {
      best = std::max(best, fit_of(node.any_of[i], value));
    }
    is_sure = is_sure && best != Fit::maybe;
    if (best == Fit::no) {
      complain(path, "is " + shown(value) + ", which fits none of the forms allowed (anyOf)");
    }
  }

  void check_one_of(const Node& node, rpc::Value value, const std::string& path) {
    std::size_t surely = 0;
    std::size_t maybe = 0;
    for (const Node::Index place : node.one_of) {
      const Fit fit = fit_of(place, value);
      surely += fit == Fit::yes ? 1U : 0U;
      maybe += fit == Fit::maybe ? 1U : 0U;
    }
    is_sure = is_sure && maybe == 0;
    if (!node.one_of.empty() && (surely > 1 || surely + maybe == 0)) {
      complain(
          path,
          "is " + shown(value) + ", which fits " + std::to_string(surely) +
              " of the forms allowed, must fit exactly one (oneOf)"
      );
    }
  }

  const std::vector<Node>& nodes_;
  std::size_t& visits_;
};

}  // namespace

std::vector<FieldError> Schema::check(rpc::Value value, const std::string& root) const {
  std::size_t visits = max_visits;
  Checker checker(*nodes_, visits);
  checker.check(0, value, root);
  return std::move(checker.errors);
}

}  // namespace mooring::schema_check
