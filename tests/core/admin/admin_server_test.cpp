// SPDX-License-Identifier: Apache-2.0
#include "core/admin/admin_server.hpp"

#include "core/net/http_client.hpp"

#include <doctest/doctest.h>

using namespace mooring;

namespace {

Result<net::ClientResponse> ask(
    const admin::AdminServer& server, const std::string& method, const std::string& target
) {
  net::ClientRequest request;
  request.method = method;
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + target;
  return net::exchange(request);
}

}  // namespace

TEST_CASE("admin: pages by path, metrics in Prometheus' format, the rest told what there is") {
  metrics::Registry registry;
  registry.counter("calls_total", "Calls.").increment();
  admin::AdminServer server(
      "127.0.0.1",
      0,
      {{"/metrics", admin::metrics_page(registry)},
       {"/health", [] { return http::text_reply(200, "ok\n"); }}}
  );
  REQUIRE(server.start());

  const auto metrics = ask(server, "GET", "/metrics?x=y");
  CHECK(metrics->status == 200);
  CHECK(metrics->header("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(metrics->body.find("calls_total 1\n") != std::string::npos);
  CHECK(ask(server, "HEAD", "/health")->status == 200);
  CHECK(ask(server, "GET", "/health")->body == "ok\n");
  const auto missing = ask(server, "GET", "/other");
  CHECK(missing->status == 404);
  CHECK(missing->body == "No such page. There are:\n/health\n/metrics\n");
  const auto posted = ask(server, "POST", "/health");
  CHECK(posted->status == 405);
  CHECK(posted->header("allow") == "GET, HEAD");
}

TEST_CASE("admin: a port in use is told") {
  admin::AdminServer first("127.0.0.1", 0, {});
  REQUIRE(first.start());
  admin::AdminServer second("127.0.0.1", first.port(), {});

  const auto started = second.start();

  REQUIRE_FALSE(started);
  CHECK(started.error().message.find("another program listens there") != std::string::npos);
}
