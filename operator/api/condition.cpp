// SPDX-License-Identifier: Apache-2.0
#include "operator/api/condition.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/object.hpp"

#include <algorithm>

namespace mooring::api {
namespace {

using nlohmann::json;

// Of metav1.Condition.
constexpr std::size_t message_limit = 32768;

ConditionStatus parse_status(const std::string& text) {
  return text == "True"    ? ConditionStatus::true_
         : text == "False" ? ConditionStatus::false_
                           : ConditionStatus::unknown;
}

const Condition* find_in(const std::vector<Condition>& list, std::string_view type) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Condition& condition) {
    return condition.type == type;
  });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::true_:
      return "True";
    case ConditionStatus::false_:
      return "False";
    case ConditionStatus::unknown:
      return "Unknown";
  }
  return "Unknown";
}

const json& condition_of(const json& conditions, std::string_view type) {
  static const json none;
  for (const json& condition : conditions) {
    if (text_at(condition, {"type"}) == type) {
      return condition;
    }
  }
  return none;
}

Conditions::Conditions(const json& previous, std::int64_t generation, time::Timestamp now)
    : generation_(generation), now_(time::print_rfc3339(now)) {
  if (!previous.is_array()) {
    return;
  }
  for (const json& entry : previous) {
    previous_.push_back(
        {text_at(entry, {"type"}),
         parse_status(text_at(entry, {"status"})),
         text_at(entry, {"reason"}),
         text_at(entry, {"message"}),
         integer_at(entry, {"observedGeneration"}),
         text_at(entry, {"lastTransitionTime"})}
    );
  }
}

void Conditions::set(
    std::string_view type, ConditionStatus status, std::string_view reason, std::string message
) {
  // Half a character would come back as another one, and the status differ for ever.
  message.resize(text::utf8_cut(message, message_limit).size());
  const Condition* before = previous(type);
  const bool flipped =
      before == nullptr || before->status != status || before->last_transition_time.empty();
  Condition condition{
      std::string(type),
      status,
      std::string(reason),
      std::move(message),
      generation_,
      flipped ? now_ : before->last_transition_time};
  const auto present = std::find_if(current_.begin(), current_.end(), [&](const Condition& other) {
    return other.type == type;
  });
  if (present == current_.end()) {
    current_.push_back(std::move(condition));
  } else {
    *present = std::move(condition);
  }
}

const Condition* Conditions::find(std::string_view type) const {
  return find_in(current_, type);
}

const Condition* Conditions::previous(std::string_view type) const {
  return find_in(previous_, type);
}

json Conditions::to_json() const {
  json list = json::array();
  for (const Condition& condition : current_) {
    list.push_back(
        {{"type", condition.type},
         {"status", name(condition.status)},
         {"reason", condition.reason},
         {"message", condition.message},
         {"observedGeneration", condition.observed_generation},
         {"lastTransitionTime", condition.last_transition_time}}
    );
  }
  return list;
}

}  // namespace mooring::api
