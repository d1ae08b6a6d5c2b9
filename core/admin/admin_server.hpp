// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "core/metrics/metrics.hpp"
#include "core/result/result.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace mooring::admin {

/// Pages by path, GET and HEAD only. A page may be asked for at any time from another thread.
using Pages = std::map<std::string, std::function<http::Reply()>>;

/// The page that shows the registry in Prometheus' text format.
std::function<http::Reply()> metrics_page(metrics::Registry& registry);

/// A small HTTP server on one thread of its own, apart from the traffic: metrics, health, state.
class AdminServer {
 public:
  AdminServer(std::string address, unsigned short port, Pages pages);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  Result<void> start();
  unsigned short port() const;
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::admin
