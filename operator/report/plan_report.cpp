// SPDX-License-Identifier: Apache-2.0
#include "operator/report/plan_report.hpp"

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"

#include <algorithm>

namespace mooring::report {
namespace {

using api::integer_at;
using nlohmann::json;

char sign(Action action) {
  switch (action) {
    case Action::create:
      return '+';
    case Action::change:
      return '~';
    case Action::remove:
      return '-';
    case Action::refuse:
      return '!';
    default:
      return ' ';
  }
}

std::int64_t replicas_of(const api::Object& deployment) {
  return integer_at(deployment.body(), {"spec", "replicas"});
}

std::string summary(const PlannedServer& plan) {
  std::vector<std::string> parts;
  const auto add = [&](Action action, const char* word) {
    const auto number =
        std::count_if(plan.objects.begin(), plan.objects.end(), [&](const PlannedObject& object) {
          return object.action == action;
        });
    if (number > 0) {
      parts.push_back(std::to_string(number) + " " + word);
    }
  };
  add(Action::create, "made");
  add(Action::change, "changed");
  add(Action::remove, "removed");
  add(Action::refuse, "refused");
  add(Action::wait, "waited for");
  return parts.empty() ? "nothing changes" : text::join(parts, ", ");
}

}  // namespace

bool PlannedServer::has(Action action) const {
  return std::any_of(objects.begin(), objects.end(), [&](const PlannedObject& object) {
    return object.action == action;
  });
}

bool PlannedServer::is_change() const {
  return has(Action::create) || has(Action::change) || has(Action::remove) || has(Action::wait);
}

std::string_view name(Action action) {
  switch (action) {
    case Action::none:
      return "none";
    case Action::create:
      return "create";
    case Action::change:
      return "change";
    case Action::remove:
      return "remove";
    case Action::refuse:
      return "refuse";
    case Action::wait:
      return "wait";
  }
  return "";
}

// A Deployment makes new pods when its template changes, and then only.
void judge_pods(const api::Object* live, const api::Object* wanted, PlannedServer& plan) {
  if (wanted == nullptr) {
    plan.pods = "not touched";
    return;
  }
  if (live == nullptr) {
    const std::int64_t number = replicas_of(*wanted);
    plan.pods = std::to_string(number) + (number == 1 ? " is started" : " are started");
    return;
  }
  const std::int64_t before = replicas_of(*live);
  const std::int64_t after = replicas_of(*wanted);
  plan.rolls_pods =
      live->at({"spec", "template"}) != wanted->at({"spec", "template"}) && before > 0 && after > 0;
  const std::string numbers = before == after ? ""
                                              : ", and there are " + std::to_string(after) +
                                                    " instead of " + std::to_string(before);
  plan.pods = plan.rolls_pods
                  ? "replaced, one after the other, each when it has finished its calls" + numbers
                  : "those that run are kept" + numbers;
}

std::string print(const PlannedServer& plan) {
  std::string text = "mcpserver/" + plan.key.name + " in namespace " + plan.key.namespace_ + ": " +
                     summary(plan) + "\n";
  for (const PlannedObject& object : plan.objects) {
    if (object.action == Action::none) {
      continue;
    }
    text += std::string("  ") + sign(object.action) + " " + print(object.ref) +
            (object.note.empty() ? "" : ": " + text::printable(object.note)) + "\n";
    for (const FieldChange& change : object.changes) {
      text += "      " + text::printable(print(change)) + "\n";
    }
  }
  if (plan.is_change()) {
    text += "  pods: " + plan.pods + "\n";
  }
  for (const std::string& note : plan.notes) {
    text += "  note: " + text::printable(note) + "\n";
  }
  return text;
}

json to_json(const PlannedServer& plan) {
  json objects = json::array();
  for (const PlannedObject& object : plan.objects) {
    json changes = json::array();
    for (const FieldChange& change : object.changes) {
      changes.push_back(to_json(change));
    }
    json shown = {
        {"kind", object.ref.kind},
        {"name", object.ref.name},
        {"action", name(object.action)},
        {"changes", std::move(changes)}};
    if (!object.note.empty()) {
      shown["note"] = object.note;
    }
    objects.push_back(std::move(shown));
  }
  return {
      {"namespace", plan.key.namespace_},
      {"name", plan.key.name},
      {"changes", plan.is_change()},
      {"refused", plan.has(Action::refuse)},
      {"rollsPods", plan.rolls_pods},
      {"pods", plan.pods},
      {"objects", std::move(objects)},
      {"notes", plan.notes}};
}

}  // namespace mooring::report
