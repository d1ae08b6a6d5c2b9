// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/adoption.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <set>

namespace mooring::plan {
namespace {

using nlohmann::json;

std::string controller_of(const api::Object& object) {
  for (const json& owner : object.at({"metadata", "ownerReferences"})) {
    if (api::value_at(owner, {"controller"}) == json(true)) {
      return api::text_at(owner, {"kind"}) + " " + text::quoted(api::text_at(owner, {"name"}), 253);
    }
  }
  return "";
}

std::string managers_of(const api::Object& object) {
  constexpr std::size_t shown_at_most = 3;
  std::set<std::string> names;
  for (const json& entry : object.at({"metadata", "managedFields"})) {
    if (names.size() < shown_at_most && api::text_at(entry, {"subresource"}).empty()) {
      names.insert(text::quoted(api::text_at(entry, {"manager"}), 128));
    }
  }
  return text::join({names.begin(), names.end()}, ", ");
}

}  // namespace

Conflict conflict(const api::Object& foreign) {
  if (const std::string controller = controller_of(foreign); !controller.empty()) {
    return {foreign.ref(), "controlled by " + controller, false};
  }
  const std::string managers = managers_of(foreign);
  std::string whose = managers.empty() ? "not made by this operator" : "written by " + managers;
  if (const std::string named = foreign.annotation(adopt_annotation); !named.empty()) {
    whose += ", its annotation " + std::string(adopt_annotation) + " is " + text::quoted(named, 63);
  }
  return {foreign.ref(), std::move(whose), true};
}

bool is_handed_over(const api::Object& foreign, const api::McpServer& server) {
  return foreign.controller_uid().empty() &&
         foreign.annotation(adopt_annotation) == server.key.name;
}

std::string describe(const std::vector<Conflict>& conflicts, const api::McpServer& server) {
  std::vector<std::string> names;
  for (const Conflict& each : conflicts) {
    names.push_back(print(each.ref) + " (" + each.whose + ")");
  }
  const bool may_be_handed_over =
      std::any_of(conflicts.begin(), conflicts.end(), [](const Conflict& each) {
        return each.can_be_handed_over;
      });
  return "metadata.name is " + text::quoted(server.key.name) + ", but " + text::join(names, ", ") +
         " in this namespace belongs to somebody else and is left alone; delete it, or give this "
         "resource another name" +
         (may_be_handed_over ? ", or hand the object over: annotate it with " +
                                   std::string(adopt_annotation) + ": " + server.key.name
                             : "");
}

}  // namespace mooring::plan
