// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/route.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/condition.hpp"
#include "operator/plan/rivals.hpp"

#include <algorithm>

namespace mooring::plan {
namespace {

using api::ConditionStatus;
using api::text_at;
using nlohmann::json;

// What the controller says of it in its status: all its addresses, host names before numbers.
std::string addresses_of(const api::Object& ingress) {
  std::vector<std::string> addresses;
  for (const json& each : ingress.at({"status", "loadBalancer", "ingress"})) {
    const std::string host = text_at(each, {"hostname"});
    addresses.push_back(host.empty() ? text_at(each, {"ip"}) : host);
  }
  return text::join(addresses, ", ");
}

// Nothing, if nobody goes before this one by children of the kind.
std::optional<Finding> judge_rival(
    const api::McpServer& server,
    const Observed& observed,
    const std::string& kind,
    const std::string& field,
    bool is_something_left
) {
  for (const auto& [place, rival] : lost_places(observed, server.key)) {
    if (place.kind != kind) {
      continue;
    }
    const std::string who = rival.server.namespace_ + "/" + rival.server.name;
    return Finding{
        ConditionStatus::false_,
        Reason::route_taken,
        field + ": " + place.text +
            (rival.held_since ? " is served by McpServer " + who + " already"
                              : " is wanted by the older McpServer " + who + " too") +
            (is_something_left ? ", so the " + kind + " is made without it"
                               : ", so no " + kind + " is made") +
            "; choose another host or path, or take it from the other"};
  }
  return std::nullopt;
}

Finding judge_ingress(
    const api::McpServer& server, const Observed& observed, const ChildChanges& changes
) {
  if (auto taken = judge_rival(server, observed, "Ingress", "spec.ingress", false)) {
    return std::move(*taken);
  }
  const api::Object* live = observed.find("Ingress", server.key.name);
  if (live != nullptr && !is_ours(*live, server)) {
    return {ConditionStatus::unknown, Reason::not_evaluated, "not judged: see Accepted"};
  }
  if (live == nullptr || changes.touches("Ingress")) {
    return {ConditionStatus::unknown, Reason::progressing, "the Ingress is being made or changed"};
  }
  const std::string addresses = addresses_of(*live);
  if (!addresses.empty()) {
    return {
        ConditionStatus::true_,
        Reason::route_programmed,
        "the Ingress is served at " + addresses + "; " + server.spec.ingress->host +
            " must lead there"};
  }
  const std::string& name = server.spec.ingress->class_name;
  return {
      ConditionStatus::unknown,
      Reason::route_unknown,
      "the Ingress has no address: either no controller serves " +
          (name.empty() ? "the default IngressClass" : "IngressClass " + text::quoted(name)) +
          " (kubectl get ingressclass lists those there are), or it does not tell its address"};
}

std::string shown(const api::ParentRef& parent) {
  std::string text = "Gateway " + (parent.namespace_.empty() ? "" : parent.namespace_ + "/");
  text += parent.name;
  if (!parent.section_name.empty()) {
    text += ", listener " + parent.section_name;
  }
  return parent.port == 0 ? text : text + ", port " + std::to_string(parent.port);
}

bool is_of(const json& status, const api::ParentRef& parent, const std::string& own_namespace) {
  const json& ref = api::value_at(status, {"parentRef"});
  const auto space = [&](const std::string& name) { return name.empty() ? own_namespace : name; };
  return text_at(ref, {"name"}) == parent.name &&
         space(text_at(ref, {"namespace"})) == space(parent.namespace_) &&
         text_at(ref, {"sectionName"}) == parent.section_name &&
         api::integer_at(ref, {"port"}) == parent.port;
}

// What one controller says of the route at one Gateway: nothing as long as it is all well.
std::optional<Finding> judge_parent(
    const json& status, const api::ParentRef& parent, std::int64_t generation
) {
  for (const char* type : {"Accepted", "ResolvedRefs"}) {
    const json& found = api::condition_of(api::value_at(status, {"conditions"}), type);
    if (found.is_null() || api::integer_at(found, {"observedGeneration"}) < generation) {
      return Finding{
          ConditionStatus::false_,
          Reason::route_pending,
          "the route is not in force yet at " + shown(parent)};
    }
    if (text_at(found, {"status"}) != "True") {
      return Finding{
          ConditionStatus::false_,
          Reason::route_refused,
          "the controller of " + shown(parent) + " says " + type + " is not so (" +
              text_at(found, {"reason"}) + "): " + text_at(found, {"message"})};
    }
  }
  return std::nullopt;
}

Finding judge_parents(const api::McpServer& server, const api::Object& route) {
  const json& statuses = route.at({"status", "parents"});
  std::vector<std::string> names;
  for (const api::ParentRef& parent : server.spec.gateway->parents) {
    const auto status = std::find_if(statuses.begin(), statuses.end(), [&](const json& each) {
      return is_of(each, parent, server.key.namespace_);
    });
    if (status == statuses.end()) {
      return {
          ConditionStatus::false_,
          Reason::route_pending,
          "no controller has taken the route to " + shown(parent) +
              " yet: is there such a Gateway, and does a controller serve its class?"};
    }
    if (auto problem = judge_parent(*status, parent, route.generation())) {
      return std::move(*problem);
    }
    names.push_back(shown(parent));
  }
  return {
      ConditionStatus::true_,
      Reason::route_programmed,
      "the route is in force at " + text::join(names, "; ")};
}

Finding judge_http_route(
    const api::McpServer& server, const Observed& observed, const ChildChanges& changes
) {
  if (observed.missing_kinds.contains("HTTPRoute")) {
    return {
        ConditionStatus::false_,
        Reason::not_installed,
        "spec.gateway: HTTPRoute is not installed: install Gateway API v1 (kubectl apply "
        "--server-side -f https://github.com/kubernetes-sigs/gateway-api/releases/latest/download/"
        "standard-install.yaml) and a controller of it, or remove spec.gateway"};
  }
  const auto left =
      api::without(*server.spec.gateway, taken_places(observed, server.key), server.key.namespace_);
  if (auto taken = judge_rival(server, observed, "HTTPRoute", "spec.gateway", left.has_value())) {
    return std::move(*taken);
  }
  const api::Object* live = observed.find("HTTPRoute", server.key.name);
  if (live != nullptr && !is_ours(*live, server)) {
    return {ConditionStatus::unknown, Reason::not_evaluated, "not judged: see Accepted"};
  }
  if (live == nullptr || changes.touches("HTTPRoute")) {
    return {
        ConditionStatus::false_, Reason::route_pending, "the HTTPRoute is being made or changed"};
  }
  return judge_parents(server, *live);
}

// What is worse comes first.
int rank(const Finding& finding) {
  return finding.status == ConditionStatus::false_    ? 0
         : finding.status == ConditionStatus::unknown ? 1
                                                      : 2;
}

}  // namespace

std::optional<Finding> judge_route(
    const api::McpServer& server, const Observed& observed, const ChildChanges& changes
) {
  std::optional<Finding> worst;
  const auto add = [&](Finding finding) {
    // The route of a Gateway tells more, and stands where both are as good.
    if (!worst || rank(finding) < rank(*worst)) {
      worst = std::move(finding);
    }
  };
  if (server.spec.gateway) {
    add(judge_http_route(server, observed, changes));
  }
  if (server.spec.ingress) {
    add(judge_ingress(server, observed, changes));
  }
  return worst;
}

}  // namespace mooring::plan
