// SPDX-License-Identifier: Apache-2.0
#include "operator/state_page.hpp"

#include <nlohmann/json.hpp>

namespace mooring {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t most_entries = 100;

/// Milliseconds are enough to read.
double in_seconds(std::chrono::steady_clock::duration time) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) /
         1000;
}

ordered_json watch_states(const watch::Cache& cache) {
  ordered_json found = ordered_json::array();
  for (const auto& store : cache.stores()) {
    const kube::Scope& scope = store->scope();
    found.push_back(
        {{"kind", scope.kind},
         {"namespace", scope.namespace_},
         {"synced", store->synced()},
         {"missing", store->missing()},
         {"objects", store->size()},
         {"bytes", store->bytes()},
         {"resourceVersion", store->version()}}
    );
  }
  return found;
}

ordered_json standing_keys(const std::vector<queue::Standing>& standing) {
  ordered_json found = ordered_json::array();
  for (const queue::Standing& one : standing) {
    found.push_back(
        {{"server", api::print(one.key)},
         {"seconds", in_seconds(one.time)},
         {"failures", one.failures}}
    );
  }
  return found;
}

ordered_json writes_not_seen(
    apply::WriteLog& writes, const watch::Cache& cache, std::chrono::steady_clock::time_point now
) {
  ordered_json found = ordered_json::array();
  for (const apply::Unseen& one : writes.unseen(cache, now, most_entries)) {
    found.push_back(
        {{"server", api::print(one.server)},
         {"object", api::print(one.object)},
         {"resourceVersion", one.resource_version},
         {"seconds", in_seconds(one.age)}}
    );
  }
  return found;
}

ordered_json watch_failures(const std::vector<ProgramState::Failure>& failed) {
  ordered_json found = ordered_json::array();
  for (const ProgramState::Failure& one : failed) {
    found.push_back(
        {{"watch", one.watch}, {"message", one.message}, {"seconds", in_seconds(one.age)}}
    );
  }
  return found;
}

}  // namespace

http::Reply state_page(
    const ProgramState& program,
    const watch::Cache& cache,
    queue::BlockingQueue& queue,
    apply::WriteLog& writes
) {
  const queue::Statistics numbers = queue.statistics();
  const queue::Picture picture = queue.picture(most_entries);
  const ordered_json page = {
      {"version", MOORING_VERSION},
      {"controllerName", program.controller_name},
      {"leads", program.leads},
      {"stops", program.stops},
      {"watches", watch_states(cache)},
      {"watchFailures", watch_failures(program.failures)},
      {"queue",
       {{"depth", numbers.depth},
        {"adds", numbers.adds},
        {"retries", numbers.retries},
        {"due", standing_keys(picture.due)},
        {"inWork", standing_keys(picture.in_work)},
        {"waiting", standing_keys(picture.waiting)}}},
      {"writesNotSeen", writes_not_seen(writes, cache, program.now)},
  };
  http::Reply reply;
  reply.content_type = "application/json";
  reply.body = page.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  return reply;
}

}  // namespace mooring
