// SPDX-License-Identifier: Apache-2.0
#include "operator/instruments.hpp"

#include "operator/api/condition.hpp"
#include "operator/api/kinds.hpp"

#include <map>

namespace mooring {
namespace {

const metrics::Labels queue_labels{{"controller", "mcpserver"}, {"name", "mcpserver"}};
// Those of client-go.
const std::vector<double> size_buckets = {
    64, 256, 512, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216};
const std::vector<double> request_buckets = {0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};

double seconds(queue::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

std::string ready_status(const api::Object& server) {
  const auto& ready = api::condition_of(server.at({"status", "conditions"}), "Ready");
  return ready.is_null() ? "Unknown" : api::text_at(ready, {"status"});
}

}  // namespace

Instruments::Instruments() {
  registry_.add_process_metrics();
  registry_
      .gauge(
          "mcp_operator_build_info", "1, labelled with the version", {{"version", MOORING_VERSION}}
      )
      .set(1);
  master_ = registry_.gauge(
      "leader_election_master_status", "1 while this replica leads", {{"name", "mooring-operator"}}
  );
  depth_ = registry_.gauge("workqueue_depth", "Keys that are due", queue_labels);
  unfinished_ = registry_.gauge(
      "workqueue_unfinished_work_seconds",
      "Time that keys in work have been so, summed",
      queue_labels
  );
  longest_ = registry_.gauge(
      "workqueue_longest_running_processor_seconds", "The longest of these", queue_labels
  );
  adds_ = registry_.counter("workqueue_adds_total", "Keys added", queue_labels);
  retries_ =
      registry_.counter("workqueue_retries_total", "Keys added after a failure", queue_labels);
}

void Instruments::exchanged(const kube::Exchange& exchange) {
  const std::string method(exchange.method);
  const std::string host(exchange.host);
  const metrics::Labels verb{{"verb", method}, {"host", host}};
  registry_
      .counter(
          "rest_client_requests_total",
          "Requests to the API server",
          {{"code", exchange.status == 0 ? "<error>" : std::to_string(exchange.status)},
           {"method", method},
           {"host", host}}
      )
      .increment();
  registry_
      .histogram(
          "rest_client_request_duration_seconds",
          "Length of requests to the API server; of watches, until they begin",
          verb,
          request_buckets
      )
      .observe(seconds(exchange.time));
  registry_
      .histogram(
          "rest_client_request_size_bytes", "Bodies sent to the API server", verb, size_buckets
      )
      .observe(static_cast<double>(exchange.sent_bytes));
  if (exchange.received_bytes) {
    registry_
        .histogram(
            "rest_client_response_size_bytes",
            "Bodies of the API server's answers",
            verb,
            size_buckets
        )
        .observe(static_cast<double>(*exchange.received_bytes));
  }
}

void Instruments::watch_failed(const kube::Scope& scope, const kube::Failure& failure) {
  registry_
      .counter(
          "mcp_operator_watch_restarts_total",
          "Lists and watches that failed and were begun again",
          {{"kind", scope.kind}, {"reason", std::string(name(failure.code))}}
      )
      .increment();
}

void Instruments::applied(std::string_view kind, std::string_view result) {
  registry_
      .counter(
          "mcp_operator_apply_total",
          "Children written",
          {{"kind", std::string(kind)}, {"result", std::string(result)}}
      )
      .increment();
}

void Instruments::leading(bool is_leader) {
  master_.set(is_leader ? 1 : 0);
}

void Instruments::refresh_queue(queue::BlockingQueue& queue) {
  const queue::Statistics now = queue.statistics();
  depth_.set(static_cast<double>(now.depth));
  unfinished_.set(seconds(now.unfinished));
  longest_.set(seconds(now.longest));
  adds_.increment(static_cast<double>(now.adds) - adds_.value());
  retries_.increment(static_cast<double>(now.retries) - retries_.value());
}

void Instruments::refresh_cache(const watch::Cache& cache) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> by_kind;
  for (const auto& store : cache.stores()) {
    auto& [objects, bytes] = by_kind[store->scope().kind];
    objects += store->size();
    bytes += store->bytes();
  }
  for (const auto& [kind, sizes] : by_kind) {
    registry_.gauge(
                 "mcp_operator_cache_objects", "Objects in the cache", {{"kind", kind}}
    ).set(static_cast<double>(sizes.first));
    registry_.gauge(
                 "mcp_operator_cache_bytes", "Their size as text", {{"kind", kind}}
    ).set(static_cast<double>(sizes.second));
  }
}

void Instruments::refresh_servers(const watch::Store& servers) {
  std::map<std::string, double> counts{{"True", 0}, {"False", 0}, {"Unknown", 0}};
  for (const api::ObjectKey& key : servers.keys()) {
    if (const auto server = servers.get(key)) {
      counts[ready_status(*server)] += 1;
    }
  }
  for (const auto& [status, count] : counts) {
    registry_
        .gauge(
            "mcp_operator_mcpservers", "McpServers by their Ready condition", {{"ready", status}}
        )
        .add(count);
  }
}

http::Reply Instruments::page(queue::BlockingQueue& queue, const watch::Cache& cache) {
  const std::lock_guard lock(mutex_);
  refresh_queue(queue);
  refresh_cache(cache);
  for (const char* status : {"True", "False", "Unknown"}) {
    registry_
        .gauge(
            "mcp_operator_mcpservers", "McpServers by their Ready condition", {{"ready", status}}
        )
        .set(0);
  }
  for (const auto& store : cache.stores()) {
    if (store->scope().kind == api::server_kind) {
      refresh_servers(*store);
    }
  }
  http::Reply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = registry_.serialize();
  return reply;
}

}  // namespace mooring
