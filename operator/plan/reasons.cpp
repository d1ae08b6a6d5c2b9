// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/reasons.hpp"

namespace mooring::plan {

std::string_view name(Reason reason) {
  switch (reason) {
    case Reason::accepted:
      return "Accepted";
    case Reason::invalid_spec:
      return "InvalidSpec";
    case Reason::name_conflict:
      return "NameConflict";
    case Reason::references_resolved:
      return "ReferencesResolved";
    case Reason::secret_missing:
      return "SecretMissing";
    case Reason::secret_key_missing:
      return "SecretKeyMissing";
    case Reason::available:
      return "Available";
    case Reason::progressing:
      return "Progressing";
    case Reason::scaled_to_zero:
      return "ScaledToZero";
    case Reason::image_missing:
      return "ImageMissing";
    case Reason::container_refused:
      return "ContainerRefused";
    case Reason::crash_loop:
      return "CrashLoop";
    case Reason::backend_failed:
      return "BackendFailed";
    case Reason::unschedulable:
      return "Unschedulable";
    case Reason::pod_rejected:
      return "PodRejected";
    case Reason::verified:
      return "Verified";
    case Reason::probe_failed:
      return "ProbeFailed";
    case Reason::probe_unreachable:
      return "ProbeUnreachable";
    case Reason::no_ready_replica:
      return "NoReadyReplica";
    case Reason::route_programmed:
      return "RouteProgrammed";
    case Reason::route_unknown:
      return "RouteUnknown";
    case Reason::route_pending:
      return "RoutePending";
    case Reason::route_refused:
      return "RouteRefused";
    case Reason::route_taken:
      return "RouteTaken";
    case Reason::monitored:
      return "Monitored";
    case Reason::not_installed:
      return "NotInstalled";
    case Reason::scaling_active:
      return "ScalingActive";
    case Reason::at_max_replicas:
      return "AtMaxReplicas";
    case Reason::metrics_missing:
      return "MetricsMissing";
    case Reason::scaling_failed:
      return "ScalingFailed";
    case Reason::not_evaluated:
      return "NotEvaluated";
    case Reason::forbidden:
      return "Forbidden";
    case Reason::apply_failed:
      return "ApplyFailed";
    case Reason::progress_deadline_exceeded:
      return "ProgressDeadlineExceeded";
    case Reason::ready:
      return "Ready";
    case Reason::paused:
      return "Paused";
    case Reason::settled:
      return "Settled";
    case Reason::children_created:
      return "ChildrenCreated";
    case Reason::children_updated:
      return "ChildrenUpdated";
    case Reason::children_upgraded:
      return "ChildrenUpgraded";
    case Reason::children_adopted:
      return "ChildrenAdopted";
    case Reason::drift_corrected:
      return "DriftCorrected";
    case Reason::keys_rotated:
      return "KeysRotated";
    case Reason::children_deleted:
      return "ChildrenDeleted";
  }
  return "Unknown";
}

}  // namespace mooring::plan
