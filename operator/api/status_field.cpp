// SPDX-License-Identifier: Apache-2.0
#include "operator/api/mcp_server.hpp"

namespace mooring::api {
namespace {

using nlohmann::json;
using namespace schema;

constexpr std::int64_t many = 2'147'483'647;

Field bounded(Field field, std::int64_t maximum) {
  field.maximum = maximum;
  return field;
}

Field required(Field field) {
  field.required = true;
  return field;
}

// Without a maximum: schemas keep it as a floating-point number, which cannot hold the largest.
Field generation_field(std::string description) {
  Field field = integer_field("observedGeneration", std::move(description), 0, 0);
  field.maximum.reset();
  return field;
}

Field conditions_field() {
  Field item = object_field(
      "",
      "",
      {required(bounded(string_field("type", "What the condition is about."), 316)),
       required(enum_field("status", "Whether it holds.", {"True", "False", "Unknown"})),
       generation_field("The generation of the spec it speaks of."),
       required(bounded(
           string_field("lastTransitionTime", "When its status last changed (RFC 3339)."), 40
       )),
       required(bounded(string_field("reason", "Why, in one word out of a closed set."), 1024)),
       required(bounded(string_field("message", "Why, and what to do, for a person."), 32768))}
  );
  return keyed_list_field(
      "conditions",
      "Accepted: the spec can be used. ReferencesResolved: what it refers to is there. "
      "WorkloadAvailable: all replicas run this spec, with spec.autoscaling at least minReplicas "
      "do. EndpointVerified: the endpoint answered a real MCP request; Unknown with reason "
      "ProbeUnreachable where the operator runs outside the cluster and has no way in, and Ready "
      "then waits for it. RouteProgrammed: it is reached from "
      "outside, there only where spec.ingress or spec.gateway is; Unknown where the controller "
      "does not tell, and "
      "Ready then does not wait for it. Monitored: the objects of prometheus-operator that "
      "spec.monitoring asks for by their kind are there; Ready never waits for it. ScalingActive: "
      "the autoscaler of spec.autoscaling has what it goes by; Ready never waits for it. Ready: "
      "all "
      "others of "
      "these; with 0 "
      "replicas it is True with reason ScaledToZero, as nobody is there to be asked. Reconciling: "
      "a change is under way. Stalled: somebody has to do something. Paused: nothing is changed, "
      "as was asked for; absent otherwise.",
      "type",
      std::move(item),
      0,
      16
  );
}

Field server_field() {
  return object_field(
      "server",
      "What the endpoint said about itself when it was asked last.",
      {bounded(string_field("name", "Its name."), 256),
       bounded(string_field("version", "Its version."), 256),
       list_field(
           "protocolVersions",
           "Revisions of MCP it speaks.",
           bounded(string_field("", ""), 32),
           0,
           16
       ),
       integer_field("tools", "How many tools it offers.", 0, many)}
  );
}

Field make_status() {
  return object_field(
      "status",
      "What has been seen of it.",
      {generation_field("The generation of the spec seen last."),
       integer_field("replicas", "Endpoint pods there are.", 0, many),
       integer_field("readyReplicas", "Endpoint pods that answer.", 0, many),
       bounded(string_field("selector", "Label selector of the endpoint pods."), 512),
       bounded(
           string_field(
               "url",
               "Where clients reach it: from outside the cluster where it is exposed, else from "
               "inside."
           ),
           512
       ),
       bounded(string_field("image", "The endpoint image in force."), 512),
       server_field(),
       conditions_field()}
  );
}

}  // namespace

const schema::Field& status_field() {
  static const Field field = make_status();
  return field;
}

}  // namespace mooring::api
