// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"
#include "operator/api/object.hpp"

#include <algorithm>

namespace mooring::api::fields {
namespace {

using nlohmann::json;
using namespace schema;

constexpr char required_name[] = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr char preferred_name[] = "preferredDuringSchedulingIgnoredDuringExecution";

Field node_expressions_field(std::string name, std::string description) {
  return expressions_field(
      std::move(name), std::move(description), {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"}
  );
}

// The one field of nodes that the API server lets be compared, and how.
Field node_name_expression_field() {
  return object_field(
      "",
      "",
      {required(enum_field("key", "The field.", {"metadata.name"})),
       required(enum_field("operator", "How it is compared.", {"In", "NotIn"})),
       required(list_field(
           "values", "The name that it is compared with.", object_name_field("", ""), 1, 1
       ))}
  );
}

Field node_term_field(std::string name, std::string description) {
  return object_field(
      std::move(name),
      std::move(description),
      {node_expressions_field("matchExpressions", "What must hold of the node's labels."),
       list_field(
           "matchFields", "What must hold of the node's name.", node_name_expression_field(), 0, 16
       )}
  );
}

bool has_selector_for_keys(const json& term) {
  return term.contains("labelSelector") || (value_at(term, {"matchLabelKeys"}).empty() &&
                                            value_at(term, {"mismatchLabelKeys"}).empty());
}

bool has_no_key_both_ways(const json& term) {
  const json& others = value_at(term, {"mismatchLabelKeys"});
  const json& keys = value_at(term, {"matchLabelKeys"});
  return std::none_of(keys.begin(), keys.end(), [&](const json& key) {
    return std::find(others.begin(), others.end(), key) != others.end();
  });
}

Field weight_field() {
  return required(integer_field("weight", "How much it counts beside the others.", 1, 100));
}

Field node_affinity_field() {
  return object_field(
      "nodeAffinity",
      "Which nodes take the pods.",
      {object_field(
           required_name,
           "Nodes that fit none of these take no pod.",
           {required(list_field(
               "nodeSelectorTerms",
               "Terms, one of which the node must fit.",
               node_term_field("", ""),
               1,
               16
           ))}
       ),
       list_field(
           preferred_name,
           "Nodes that fit these are taken first.",
           object_field(
               "", "", {weight_field(), required(node_term_field("preference", "Which nodes."))}
           ),
           0,
           16
       )}
  );
}

Field pod_term_field(std::string name, std::string description) {
  const auto keys = [](std::string keys_name, std::string keys_description) {
    return list_field(std::move(keys_name), std::move(keys_description), key_field("", ""), 0, 16);
  };
  Field term = object_field(
      std::move(name),
      std::move(description),
      {label_selector_field("labelSelector", "Which pods are meant; absent: none."),
       label_selector_field(
           "namespaceSelector", "In which namespaces, by their labels; {}: in all."
       ),
       list_field(
           "namespaces",
           "In which namespaces, by name; absent, and no namespaceSelector: in this one.",
           namespace_field("", ""),
           0,
           16
       ),
       required(key_field(
           "topologyKey",
           "The label whose value nodes share to count as one place: kubernetes.io/hostname is "
           "each node for itself."
       )),
       keys("matchLabelKeys", "Labels of these pods whose values the others must have too."),
       keys("mismatchLabelKeys", "Labels of these pods whose values the others must not have.")}
  );
  term.rules = {
      {"(has(self.labelSelector) || !(has(self.matchLabelKeys) && self.matchLabelKeys.size() > 0 "
       "|| "
       "has(self.mismatchLabelKeys) && self.mismatchLabelKeys.size() > 0))",
       "must have a labelSelector where it has matchLabelKeys or mismatchLabelKeys",
       has_selector_for_keys},
      {"!(has(self.matchLabelKeys) && has(self.mismatchLabelKeys)) || "
       "self.matchLabelKeys.all(key, !(key in self.mismatchLabelKeys))",
       "must have no key in both matchLabelKeys and mismatchLabelKeys",
       has_no_key_both_ways}};
  return term;
}

Field pod_affinity_field(
    std::string name,
    std::string description,
    std::string required_description,
    std::string preferred_description
) {
  return object_field(
      std::move(name),
      std::move(description),
      {list_field(required_name, std::move(required_description), pod_term_field("", ""), 0, 16),
       list_field(
           preferred_name,
           std::move(preferred_description),
           object_field(
               "", "", {weight_field(), required(pod_term_field("podAffinityTerm", "Which pods."))}
           ),
           0,
           16
       )}
  );
}

}  // namespace

Field affinity_field() {
  return object_field(
      "affinity",
      "Which nodes and which neighbours the pods want, as Kubernetes has it.",
      {node_affinity_field(),
       pod_affinity_field(
           "podAffinity",
           "Which pods they want to be beside.",
           "Places without these pods take none.",
           "Places with these pods are taken first."
       ),
       pod_affinity_field(
           "podAntiAffinity",
           "Which pods they want to be away from.",
           "Places with these pods take none.",
           "Places with these pods are taken last."
       )}
  );
}

}  // namespace mooring::api::fields
