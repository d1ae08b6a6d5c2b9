// SPDX-License-Identifier: Apache-2.0
#include "operator/apply/write_log.hpp"

namespace mooring::apply {
namespace {

bool is_seen(
    const watch::Cache& cache, const api::ObjectRef& object, const std::string& resource_version
) {
  const watch::Store* store = cache.find(object.kind, object.namespace_);
  return store == nullptr || store->is_at_least(resource_version);
}

}  // namespace

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
    if (is_seen(cache, it->first, it->second.resource_version)) {
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

std::vector<Unseen> WriteLog::unseen(const watch::Cache& cache, Instant now, std::size_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<Unseen> found;
  for (const auto& [server, objects] : written_) {
    for (const auto& [object, written] : objects) {
      if (found.size() == most) {
        return found;
      }
      if (!is_seen(cache, object, written.resource_version)) {
        found.push_back({server, object, written.resource_version, now - written.at});
      }
    }
  }
  return found;
}

}  // namespace mooring::apply
