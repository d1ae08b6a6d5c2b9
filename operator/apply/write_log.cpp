// SPDX-License-Identifier: Apache-2.0
#include "operator/apply/write_log.hpp"

namespace mooring::apply {

void WriteLog::wrote(const api::ObjectKey& server, const api::Object& object, Instant now) {
  const std::lock_guard lock(mutex_);
  written_[server].insert_or_assign(object.ref(), Written{object.resource_version(), now});
}

Freshness WriteLog::freshness(
    const api::ObjectKey& server, const watch::Cache& cache, Instant now
) {
  const std::lock_guard lock(mutex_);
  const auto found = written_.find(server);
  if (found == written_.end()) {
    return Freshness::seen;
  }
  auto& objects = found->second;
  for (auto it = objects.begin(); it != objects.end();) {
    const watch::Store* store = cache.find(it->first.kind, it->first.namespace_);
    if (store == nullptr || store->is_at_least(it->second.resource_version)) {
      it = objects.erase(it);
    } else if (now - it->second.at >= patience_) {
      return Freshness::stuck;
    } else {
      ++it;
    }
  }
  if (!objects.empty()) {
    return Freshness::behind;
  }
  written_.erase(found);
  return Freshness::seen;
}

void WriteLog::forget(const api::ObjectKey& server) {
  const std::lock_guard lock(mutex_);
  written_.erase(server);
}

}  // namespace mooring::apply
