// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/apply/applier.hpp"
#include "operator/keys/rotation.hpp"
#include "operator/observe/observer.hpp"
#include "operator/plan/outcome.hpp"

#include <string>
#include <utility>

namespace mooring::reconcile {

/// Of this operator, not of a resource.
struct Identity {
  std::string server_image;
  std::string operator_namespace;  ///< empty: it runs outside the cluster
  std::string controller_name;     ///< McpServers of another are left alone
};

/// What has become of a key.
struct Reconciled {
  plan::Outcome outcome;
  bool was_behind = false;  ///< the caches had not seen our own writes: nothing was decided
};

/// Brings one McpServer to what its spec says: observe -> validate -> render -> plan -> apply.
/// Thread-safe, but one key at a time.
class Reconciler {
 public:
  Reconciler(
      const watch::Cache& cache,
      observe::Observer& observer,
      observe::Prober& prober,
      apply::Applier& applier,
      apply::WriteLog& writes,
      Identity identity
  )
      : cache_(cache),
        observer_(observer),
        prober_(prober),
        applier_(applier),
        writes_(writes),
        identity_(std::move(identity)) {}

  kube::Answer<Reconciled> reconcile(const api::ObjectKey& key);

 private:
  kube::Answer<Reconciled> settle(const api::Object& object, observe::Source source);
  kube::Answer<Reconciled> obey(const api::Object& object, const plan::Plan& plan);
  static kube::Answer<keys::Next> next_keys(
      const api::McpServer& server, const plan::Observed& observed, time::Timestamp now
  );

  const watch::Cache& cache_;
  observe::Observer& observer_;
  observe::Prober& prober_;
  apply::Applier& applier_;
  apply::WriteLog& writes_;
  const Identity identity_;
};

}  // namespace mooring::reconcile
