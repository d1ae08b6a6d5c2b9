// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mooring::plan {

/// The types of the conditions in status, in the order in which they stand there.
inline constexpr std::string_view accepted_type = "Accepted";
inline constexpr std::string_view references_resolved_type = "ReferencesResolved";
inline constexpr std::string_view workload_available_type = "WorkloadAvailable";
inline constexpr std::string_view endpoint_verified_type = "EndpointVerified";
/// There only where it is exposed.
inline constexpr std::string_view route_programmed_type = "RouteProgrammed";
/// There only where objects of prometheus-operator are asked for by name.
inline constexpr std::string_view monitored_type = "Monitored";
/// There only where an autoscaler is wanted.
inline constexpr std::string_view scaling_active_type = "ScalingActive";
inline constexpr std::string_view ready_type = "Ready";
inline constexpr std::string_view reconciling_type = "Reconciling";
inline constexpr std::string_view stalled_type = "Stalled";
/// There only while it holds.
inline constexpr std::string_view paused_type = "Paused";

/// Why a condition is as it is, and what an Event tells of: the whole set.
enum class Reason {
  accepted,
  invalid_spec,
  name_conflict,
  references_resolved,
  secret_missing,
  secret_key_missing,
  available,
  progressing,
  scaled_to_zero,
  image_missing,
  container_refused,
  crash_loop,
  backend_failed,
  unschedulable,
  pod_rejected,
  verified,
  probe_failed,
  probe_unreachable,
  no_ready_replica,
  route_programmed,
  route_unknown,
  route_pending,
  route_refused,
  route_taken,
  monitored,
  not_installed,
  scaling_active,
  at_max_replicas,
  metrics_missing,
  scaling_failed,
  not_evaluated,
  forbidden,
  apply_failed,
  progress_deadline_exceeded,
  ready,
  paused,
  settled,
  children_created,
  children_updated,
  children_upgraded,
  children_adopted,
  drift_corrected,
  keys_rotated,
  children_deleted,
};

/// In CamelCase, as it stands in status.
std::string_view name(Reason reason);

}  // namespace mooring::plan
