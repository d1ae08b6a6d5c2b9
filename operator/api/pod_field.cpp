// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"
#include "operator/api/object.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace mooring::api::fields {
namespace {

using nlohmann::json;
using namespace schema;

bool is_free_label(const std::string& key) {
  return !key.starts_with("app.kubernetes.io/") && !key.starts_with("mooring.dev/") &&
         key != "pod-template-hash";
}

bool is_free_annotation(const std::string& key) {
  return !key.starts_with("mooring.dev/");
}

Field labels_field() {
  Field labels = label_map_field(
      "labels", "Labels of the pods, beside the operator's. A change replaces the pods."
  );
  return with_rule(
      std::move(labels),
      key_rule<is_free_label>(
          "!key.startsWith('app.kubernetes.io/') && !key.startsWith('mooring.dev/') && "
          "key != 'pod-template-hash'",
          "must have no key that begins with app.kubernetes.io/ or mooring.dev/, nor "
          "pod-template-hash: the operator and Kubernetes find the pods by these"
      )
  );
}

Field pod_annotations_field() {
  Field annotations = with_good_keys(map_field(
      "annotations",
      "Annotations of the pods, beside the operator's. A change replaces the pods.",
      text_field("", "", 0, 4096),
      32
  ));
  return with_rule(
      std::move(annotations),
      key_rule<is_free_annotation>(
          "!key.startsWith('mooring.dev/')",
          "must have no key that begins with mooring.dev/: these are the operator's"
      )
  );
}

bool has_key_or_exists(const json& toleration) {
  return toleration.contains("key") || text_at(toleration, {"operator"}) == "Exists";
}

bool has_value_only_if_equal(const json& toleration) {
  return !toleration.contains("value") || text_at(toleration, {"operator"}) != "Exists";
}

bool has_seconds_only_if_no_execute(const json& toleration) {
  return !toleration.contains("tolerationSeconds") ||
         text_at(toleration, {"effect"}) == "NoExecute";
}

Field tolerations_field() {
  Field item = object_field(
      "",
      "",
      {key_field("key", "The taint's key; absent: every taint, and operator is Exists."),
       with_default(
           enum_field(
               "operator",
               "Equal: the taint has this value; Exists: whatever its value is.",
               {"Equal", "Exists"}
           ),
           "Equal"
       ),
       label_value_field("value", "The taint's value."),
       enum_field(
           "effect",
           "The taint's effect; absent: each of them.",
           {"NoSchedule", "PreferNoSchedule", "NoExecute"}
       ),
       integer_field(
           "tolerationSeconds",
           "How long a pod stays on a node after it got such a taint; absent: for good.",
           0,
           std::numeric_limits<std::int32_t>::max()
       )}
  );
  item.rules = {
      {"has(self.key) || (has(self.operator) && self.operator == 'Exists')",
       "must have a key, or operator Exists, which tolerates every taint",
       has_key_or_exists},
      {"!has(self.value) || !has(self.operator) || self.operator == 'Equal'",
       "must have no value where operator is Exists",
       has_value_only_if_equal},
      {"!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
       "must have effect NoExecute where it has tolerationSeconds",
       has_seconds_only_if_no_execute}};
  return list_field(
      "tolerations", "Taints of nodes that do not keep the pods away.", std::move(item), 0, 32
  );
}

bool has_domains_only_if_hard(const json& constraint) {
  return !constraint.contains("minDomains") ||
         text_at(constraint, {"whenUnsatisfiable"}) == "DoNotSchedule";
}

// The absent selector is the server's own, of labels that are reserved.
bool has_keys_that_no_selector_has(const json& constraint) {
  const json& keys = value_at(constraint, {"matchLabelKeys"});
  const json& labels = value_at(constraint, {"labelSelector", "matchLabels"});
  const json& expressions = value_at(constraint, {"labelSelector", "matchExpressions"});
  return std::none_of(keys.begin(), keys.end(), [&](const json& key) {
    return labels.contains(key.get<std::string>()) ||
           std::any_of(expressions.begin(), expressions.end(), [&](const json& expression) {
             return expression.at("key") == key;
           });
  });
}

bool has_constraints_once(const json& list) {
  std::set<std::pair<std::string, std::string>> seen;
  return std::all_of(list.begin(), list.end(), [&](const json& constraint) {
    return seen
        .emplace(text_at(constraint, {"topologyKey"}), text_at(constraint, {"whenUnsatisfiable"}))
        .second;
  });
}

std::vector<Rule> spread_rules() {
  return {
      {"!has(self.minDomains) || self.whenUnsatisfiable == 'DoNotSchedule'",
       "must have whenUnsatisfiable DoNotSchedule where it has minDomains",
       has_domains_only_if_hard},
      {"!has(self.matchLabelKeys) || !has(self.labelSelector) || self.matchLabelKeys.all(key, "
       "!(has(self.labelSelector.matchLabels) && key in self.labelSelector.matchLabels) && "
       "!(has(self.labelSelector.matchExpressions) && "
       "self.labelSelector.matchExpressions.exists(e, e.key == key)))",
       "must have no key in matchLabelKeys that its labelSelector has too",
       has_keys_that_no_selector_has}};
}

Field spread_item() {
  const std::vector<std::string> policies = {"Honor", "Ignore"};
  Field item = object_field(
      "",
      "",
      {with_default(
           integer_field(
               "maxSkew",
               "By how many pods places may differ.",
               1,
               std::numeric_limits<std::int32_t>::max()
           ),
           1
       ),
       required(key_field(
           "topologyKey",
           "The label whose value nodes share to count as one place, such as "
           "topology.kubernetes.io/zone."
       )),
       required(enum_field(
           "whenUnsatisfiable",
           "DoNotSchedule: a pod waits rather than break it; ScheduleAnyway: it is a wish.",
           {"DoNotSchedule", "ScheduleAnyway"}
       )),
       label_selector_field(
           "labelSelector", "Which pods are counted; absent: those of this server."
       ),
       list_field(
           "matchLabelKeys",
           "Labels of the pod whose values the counted pods must have too; pod-template-hash "
           "counts each rollout for itself.",
           key_field("", ""),
           0,
           16
       ),
       integer_field(
           "minDomains",
           "How many places there must be, with DoNotSchedule.",
           1,
           std::numeric_limits<std::int32_t>::max()
       ),
       enum_field(
           "nodeAffinityPolicy",
           "Whether nodes that nodeSelector and affinity rule out are left out.",
           policies
       ),
       enum_field(
           "nodeTaintsPolicy",
           "Whether nodes with taints that are not tolerated are left out.",
           policies
       )}
  );
  item.rules = spread_rules();
  return item;
}

Field spread_field() {
  return with_rule(
      list_field(
          "topologySpreadConstraints",
          "How the pods are spread. Absent: over nodes, as a wish; []: not at all.",
          spread_item(),
          0,
          8
      ),
      {"self.all(a, self.exists_one(b, a.topologyKey == b.topologyKey && a.whenUnsatisfiable == "
       "b.whenUnsatisfiable))",
       "must have each pair of topologyKey and whenUnsatisfiable once",
       has_constraints_once}
  );
}

}  // namespace

Field pod_field() {
  return object_field(
      "pod",
      "Marks and place of the endpoint's pods, as Kubernetes has them. What makes no pod that the "
      "API server takes is told by the condition WorkloadAvailable. How long a pod may take to end "
      "follows from the backends' timeouts.",
      {labels_field(),
       pod_annotations_field(),
       label_map_field("nodeSelector", "Labels that a node must have to take the pods."),
       tolerations_field(),
       affinity_field(),
       spread_field(),
       object_name_field(
           "priorityClassName", "PriorityClass of the pods; absent: the cluster's default."
       ),
       object_name_field(
           "serviceAccountName",
           "ServiceAccount the pods run as, in the same namespace. Absent: one that the operator "
           "makes, which may do nothing. No token of it is put into the pods."
       ),
       keyed_list_field(
           "imagePullSecrets",
           "Secrets in the same namespace with which images are pulled.",
           "name",
           object_field("", "", {required(object_name_field("name", "Name of the Secret."))}),
           0,
           16
       )}
  );
}

}  // namespace mooring::api::fields
