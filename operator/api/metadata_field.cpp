// SPDX-License-Identifier: Apache-2.0
#include "operator/api/mcp_server.hpp"

namespace mooring::api {

using namespace schema;

// meta/v1 ObjectMeta. Only what people write in a file is checked in detail.
const Field& metadata_field() {
  static const Field field = object_field(
      "metadata",
      "Name and namespace, labels and annotations.",
      {string_field("name", "Name of the server."),
       string_field("namespace", "Where it is."),
       map_field("labels", "Labels.", string_field("", ""), 1'000),
       map_field("annotations", "Annotations.", string_field("", ""), 1'000),
       list_field("finalizers", "Who has to agree to its end.", string_field("", ""), 0, 1'000),
       list_field("ownerReferences", "What it ends with.", any_object_field("", ""), 0, 1'000),
       list_field("managedFields", "Who has set what.", any_object_field("", ""), 0, 1'000),
       string_field("generateName", "Beginning of a name."),
       string_field("uid", "Set by the cluster."),
       string_field("resourceVersion", "Set by the cluster."),
       integer_field("generation", "Set by the cluster.", 0, 2'147'483'647),
       string_field("creationTimestamp", "Set by the cluster."),
       string_field("deletionTimestamp", "Set by the cluster."),
       integer_field("deletionGracePeriodSeconds", "Set by the cluster.", 0, 2'147'483'647),
       string_field("selfLink", "Set by the cluster.")}
  );
  return field;
}

}  // namespace mooring::api
