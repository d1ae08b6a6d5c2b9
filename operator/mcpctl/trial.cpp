// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/trial.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/mcpctl/input.hpp"
#include "operator/plan/children.hpp"
#include "operator/plan/plan.hpp"
#include "operator/plan/rivals.hpp"
#include "operator/plan/route.hpp"
#include "operator/plan/secrets.hpp"
#include "operator/render/render.hpp"
#include "operator/validate/validate.hpp"

#include <algorithm>
#include <set>

namespace mooring::mcpctl {
namespace {

using nlohmann::json;
using report::Action;
using report::PlannedObject;
using report::PlannedServer;

constexpr const char* last_applied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr const char* client_side_manager = "kubectl-client-side-apply";

// Whoever applied the spec is taken to do it again; kubectl where nobody has.
std::string manager_of(const std::optional<api::Object>& live) {
  if (live) {
    for (const json& entry : live->at({"metadata", "managedFields"})) {
      if (api::text_at(entry, {"operation"}) == "Apply" &&
          !api::value_at(entry, {"fieldsV1", "f:spec"}).is_null()) {
        return api::text_at(entry, {"manager"});
      }
    }
  }
  return "kubectl";
}

/// All that one plan is made from.
struct Trial {
  Cluster& cluster;
  api::Object tried;
  api::McpServer server;
  plan::Observed observed;
  std::set<api::ObjectRef> unreadable;
  PlannedServer report;
};

Result<std::optional<api::Object>> read(Cluster& cluster, const api::ObjectRef& ref) {
  auto found = cluster.client->get(ref);
  if (found) {
    return std::optional(std::move(*found));
  }
  if (found.error().code == Errc::not_found) {
    return std::optional<api::Object>();
  }
  return fail(found.error().code, advised(found.error()));
}

Result<void> read_children(Trial& trial) {
  for (const api::ObjectRef& ref : api::possible_children(trial.server.key)) {
    if (api::find_kind(ref.kind)->is_optional) {
      const auto is_there = has_kind(trial.cluster, ref.kind);
      if (is_there && !*is_there) {
        trial.observed.missing_kinds.insert(ref.kind);
        continue;
      }
    }
    auto found = read(trial.cluster, ref);
    if (!found && found.error().code == Errc::forbidden) {
      trial.unreadable.insert(ref);
      trial.report.notes.push_back(found.error().message + "; it is not compared");
    } else if (!found) {
      return tl::unexpected(found.error());
    } else if (*found) {
      trial.observed.children.push_back(std::move(**found));
    }
  }
  return {};
}

/// Who else wants, or has, the hosts and paths that the spec asks for.
Result<void> read_claims(Trial& trial) {
  const std::vector<api::Place> wanted = api::places(trial.tried);
  std::vector<kube::Scope> scopes;
  for (const char* kind : {"Ingress", "HTTPRoute"}) {
    const bool is_wanted = std::any_of(wanted.begin(), wanted.end(), [&](const auto& place) {
      return place.kind == kind;
    });
    if (is_wanted && !trial.observed.missing_kinds.contains(kind)) {
      scopes.push_back({kind, "", std::string(api::managed_by_selector)});
    }
  }
  if (!scopes.empty()) {
    scopes.push_back(kube::servers_of(api::controller_name(trial.tried), ""));
  }
  for (const kube::Scope& scope : scopes) {
    const auto listed = list_all(trial.cluster, scope);
    if (!listed && listed.error().code == Errc::forbidden) {
      trial.report.notes.push_back(
          listed.error().message + "; whether another McpServer has the host and path is not known"
      );
      return {};
    }
    if (!listed) {
      return fail(listed.error().code, advised(listed.error()));
    }
    for (const api::Object& object : *listed) {
      const auto holder = api::holder(object);
      for (const api::Place& place : api::places(object)) {
        if (holder && std::find(wanted.begin(), wanted.end(), place) != wanted.end()) {
          plan::add(trial.observed.claims[place], *holder);
        }
      }
    }
  }
  for (auto& [place, claims] : trial.observed.claims) {
    if (const auto own = api::holder(trial.tried)) {
      plan::add(claims, *own);
    }
  }
  return {};
}

// What it may not try it believes.
void try_child(Trial& trial, const plan::Apply& apply, Action action) {
  const api::ObjectRef ref = apply.object.ref();
  if (trial.unreadable.contains(ref)) {
    return;
  }
  const api::Object* live = trial.observed.find(ref.kind, ref.name);
  PlannedObject planned{ref, action};
  auto after = trial.cluster.client->try_apply(apply.object, api::field_manager);
  if (!after && after.error().code == Errc::forbidden &&
      after.error().message.find("cannot patch") != std::string::npos) {
    trial.report.notes.push_back(after.error().message + "; how it changes is not known in detail");
    planned.note = apply.reason;
  } else if (!after) {
    planned.action = Action::refuse;
    planned.note = after.error().message;
  } else if (live != nullptr) {
    planned.changes = report::field_changes(*live, *after);
  }
  if (ref.kind == "Deployment") {
    report::judge_pods(live, after ? &*after : &apply.object, trial.report);
  }
  // What differs only in who keeps a field is written too, and nobody notices.
  if (planned.action != Action::change || !planned.changes.empty() || !planned.note.empty()) {
    trial.report.objects.push_back(std::move(planned));
  }
}

void try_children(Trial& trial, const plan::ChildChanges& changes) {
  for (const plan::Conflict& taken : changes.conflicts) {
    trial.report.objects.push_back(
        {taken.ref,
         Action::refuse,
         {},
         "belongs to somebody else (" + taken.whose + ") and is left alone"}
    );
  }
  for (const api::ObjectRef& ref : changes.leaving) {
    trial.report.objects.push_back(
        {ref, Action::wait, {}, "is being deleted; made anew when it has gone"}
    );
  }
  for (const api::ObjectRef& ref : api::possible_children(trial.server.key)) {
    for (const auto& [list, action] :
         {std::pair(&changes.creates, Action::create),
          std::pair(&changes.updates, Action::change),
          std::pair(&changes.adoptions, Action::change)}) {
      for (const plan::Apply& apply : *list) {
        if (apply.object.ref() == ref) {
          try_child(trial, apply, action);
        }
      }
    }
  }
  for (const plan::Delete& removal : changes.deletes) {
    trial.report.objects.push_back({removal.ref, Action::remove});
  }
  for (const std::string& kind : trial.observed.missing_kinds) {
    if (kind == "HTTPRoute" && trial.server.spec.gateway) {
      trial.report.notes.emplace_back(
          "spec.gateway: the cluster has no Gateway API, so no HTTPRoute is made until it has"
      );
    }
  }
}

std::string of_controller(const api::Object& server) {
  const std::string name = api::controller_name(server);
  return name.empty() ? "" : " with --controller-name=" + name;
}

// Which image and which namespace depend on the operator that will do it.
render::RenderContext context_of(Trial& trial, const std::vector<Installed>& operators) {
  render::RenderContext context;
  const auto mine = std::find_if(operators.begin(), operators.end(), [&](const Installed& each) {
    return each.serves(trial.tried);
  });
  auto& notes = trial.report.notes;
  if (mine != operators.end()) {
    context.operator_namespace = mine->deployment.namespace_();
    context.server_image = mine->server_image;
    if (!mine->version.empty() && mine->version != MOORING_VERSION) {
      notes.push_back(
          "the operator is of version " + mine->version +
          ", this mcpctl of " MOORING_VERSION ": it may do otherwise; use the mcpctl of its version"
      );
    }
  } else {
    notes.push_back(
        operators.empty()
            ? "no operator was found in the cluster, or you may not see it: this is what one would "
              "do"
            : "no operator serves namespace " + trial.server.key.namespace_ +
                  " (--watch-namespaces)" + of_controller(trial.tried) +
                  ": nothing happens until one does"
    );
  }
  if (context.server_image.empty()) {
    const bool is_default =
        trial.observed.server && trial.observed.server->at({"spec", "image"}).is_null();
    const std::string image =
        is_default ? api::text_at(trial.observed.server->body(), {"status", "image"}) : "";
    context.server_image = image.empty() ? "mooring.dev/mcp-server:" MOORING_VERSION : image;
  }
  const api::Object* secret = trial.observed.find("Secret", api::keys_name(trial.server.key.name));
  context.keys = secret == nullptr ? keys::Kept{} : keys::kept_in(*secret);
  if (context.keys.ring.empty()) {
    context.keys.ring = keys::new_ring(std::string(32, '\0'));  // tried only, never kept
  }
  context.taken = plan::taken_places(trial.observed, trial.server.key);
  context.secrets_hash = plan::secrets_hash(trial.server, trial.observed, context.keys.salt);
  return context;
}

}  // namespace

json merge_patch(const json& before, const json& written) {
  json patch = written;
  for (const auto& [name, value] : before.items()) {
    if (!written.contains(name)) {
      patch[name] = nullptr;
    } else if (value.is_object() && written[name].is_object()) {
      patch[name] = merge_patch(value, written[name]);
    }
  }
  return patch;
}

kube::Answer<api::Object> try_server(
    Cluster& cluster, const api::Object& written, const std::optional<api::Object>& live
) {
  const std::string before = live ? live->annotation(last_applied) : "";
  const json applied = json::parse(before, nullptr, false);
  if (applied.is_object()) {
    // kubectl writes down there what it applied, so that to it annotations are there always: those
    // that others have set are kept.
    json whole = written.body();
    json& annotations = whole["metadata"]["annotations"];
    annotations = annotations.is_object() ? annotations : json::object();
    return cluster.client->try_merge(
        written.ref(), merge_patch(applied, whole), client_side_manager
    );
  }
  return cluster.client->try_apply(written, manager_of(live));
}

Result<PlannedServer> plan_for(
    Cluster& cluster, const api::Object& written, const std::vector<Installed>& operators
) {
  MOORING_TRY(const auto live, read(cluster, written.ref()));
  auto tried = try_server(cluster, written, live);
  if (!tried) {
    return fail(tried.error().code, advised(tried.error()));
  }
  const auto server = validate::accept(*tried);
  if (!server) {
    return fail(Errc::invalid, "is not valid:\n  " + describe(server.error(), "\n  "));
  }
  Trial trial{cluster, *tried, *server, {}, {}, {}};
  trial.report.key = server->key;
  trial.observed.server = live ? *live : *tried;
  PlannedObject own{written.ref(), live ? Action::none : Action::create};
  if (live) {
    own.changes = report::field_changes(*live, *tried);
    own.action = own.changes.empty() ? Action::none : Action::change;
  }
  trial.report.objects.push_back(std::move(own));
  trial.report.pods = "those that run are kept";
  if (plan::is_paused(*server)) {
    trial.report.notes.emplace_back(
        server->spec.suspend ? "spec.suspend is true: the operator changes nothing else"
                             : "the annotation " + std::string(api::paused_annotation) +
                                   " is \"true\": the operator changes nothing else"
    );
    return trial.report;
  }
  MOORING_TRY(const auto unused, read_children(trial).map([] { return true; }));
  static_cast<void>(unused);
  MOORING_TRY(const auto known, read_claims(trial).map([] { return true; }));
  static_cast<void>(known);
  const auto desired = render::desired(*server, context_of(trial, operators));
  const auto changes = plan::compare_children(*server, desired, trial.observed);
  try_children(trial, changes);
  if (const auto route = plan::judge_route(*server, trial.observed, changes);
      route && route->reason == plan::Reason::route_taken) {
    trial.report.notes.push_back(route->message);
  }
  if (changes.is_blocked) {
    trial.report.notes.emplace_back(
        "until that object is gone, or this resource has another name, nothing is made or changed"
    );
  }
  return trial.report;
}

}  // namespace mooring::mcpctl
