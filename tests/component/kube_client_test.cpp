// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/rest_client.hpp"
#include "tests/support/fake_api_server.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <stdlib.h>
#include <thread>

namespace mooring::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using support::ApiAnswer;
using support::ApiRequest;
using support::FakeApiServer;
using support::replies;
using support::status_body;

const api::ObjectRef service{"Service", "tools", "web"};
const std::string service_path = "/api/v1/namespaces/tools/services/web";
const std::string service_body =
    R"({"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"tools","uid":"u1","resourceVersion":"7"}})";

std::unique_ptr<RestClient> client_of(
    const FakeApiServer& server, std::chrono::seconds timeout = 10s
) {
  Connection connection;
  connection.server = server.url();
  connection.origin = "the test";
  auto client = RestClient::open(connection, {"mcp-operator/test (linux/amd64)", timeout, {}});
  REQUIRE(client);
  return std::move(*client);
}

api::Object object() {
  return api::Object(json::parse(service_body));
}

TEST_CASE("client: an object is read, and the request says who asks") {
  FakeApiServer server;
  server.on("GET " + service_path, {replies(200, service_body)});
  const auto client = client_of(server);

  const auto found = client->get(service);

  REQUIRE(found);
  CHECK(found->resource_version() == "7");
  const ApiRequest request = server.requests().at(0);
  CHECK(request.headers.at("user-agent") == "mcp-operator/test (linux/amd64)");
  CHECK(request.headers.at("accept") == "application/json");
  CHECK(request.headers.count("authorization") == 0);
}

TEST_CASE("client: an apply is a server-side apply patch with its manager") {
  FakeApiServer server;
  server.on("PATCH " + service_path, {replies(201, service_body)});
  const auto client = client_of(server);

  REQUIRE(client->apply(object(), "mcp-operator"));
  REQUIRE(client->apply_status(object(), "mcp-operator-status"));

  const auto requests = server.requests();
  CHECK(requests.at(0).headers.at("content-type") == "application/apply-patch+yaml");
  CHECK(requests.at(0).query == "fieldManager=mcp-operator&force=true&fieldValidation=Strict");
  CHECK(json::parse(requests.at(0).body) == object().body());
  CHECK(requests.at(1).path == service_path + "/status");
}

TEST_CASE("client: a delete is bound to uid and version, and what is gone is deleted") {
  FakeApiServer server;
  server.on(
      "DELETE " + service_path,
      {replies(200, "{}"),
       replies(404, status_body(404, "NotFound", "not found")),
       replies(409, status_body(409, "Conflict", "the UID differs"))}
  );
  const auto client = client_of(server);

  CHECK(client->remove(service, "u1", "7"));
  CHECK(client->remove(service, "u1", ""));
  const auto refused = client->remove(service, "u1", "7");

  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  const json options = json::parse(server.requests().at(0).body);
  CHECK(options["preconditions"] == json{{"uid", "u1"}, {"resourceVersion", "7"}});
}

TEST_CASE("client: refusals keep code, cause and time to wait") {
  FakeApiServer server;
  server.on(
      "GET " + service_path,
      {replies(429, status_body(429, "TooManyRequests", "slow down"), "Retry-After: 3\r\n"),
       replies(403, status_body(403, "Forbidden", "no")),
       replies(500, status_body(500, "InternalError", "oops")),
       replies(200, "not json")}
  );
  const auto client = client_of(server);

  const auto slow = client->get(service);
  CHECK(slow.error().code == Errc::too_many);
  CHECK(slow.error().retry_after == 3s);
  const auto forbidden = client->get(service);
  CHECK(forbidden.error().code == Errc::forbidden);
  CHECK(forbidden.error().message == "get services tools/web: no");
  CHECK(client->get(service).error().code == Errc::unavailable);
  CHECK(client->get(service).error().code == Errc::unavailable);
  CHECK(server.requests().size() == 4);
}

TEST_CASE("client: a kept-alive connection that the server closed is replaced, for writes too") {
  FakeApiServer server;
  const auto closing = [](const ApiRequest&, ApiAnswer& answer) {
    answer.reply(200, service_body);
    answer.cut();
  };
  server.on("GET " + service_path, {closing});
  server.on("PATCH " + service_path, {closing});
  const auto client = client_of(server);

  for (int i = 0; i < 5; ++i) {
    CHECK(client->get(service));
    CHECK(client->apply(object(), "m"));
  }
}

TEST_CASE("client: an apply whose answer is lost is sent once more") {
  FakeApiServer server;
  server.on(
      "PATCH " + service_path,
      {[](const ApiRequest&, ApiAnswer& answer) { answer.reset(); }, replies(200, service_body)}
  );
  const auto client = client_of(server);

  CHECK(client->apply(object(), "m"));
  CHECK(server.count("PATCH") == 2);
}

TEST_CASE("client: a server that never answers fails the request in time") {
  FakeApiServer server;
  server.on("GET " + service_path, {[&server](const ApiRequest&, ApiAnswer&) {
              server.wait_for_end(60s);
            }});
  const auto client = client_of(server, 1s);

  const auto answer = client->get(service);

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
}

TEST_CASE("client: an answer without an end is given up, and does not fill the memory") {
  std::atomic<std::size_t> sent = 0;
  FakeApiServer server;
  server.on("GET " + service_path, {[&](const ApiRequest&, ApiAnswer& answer) {
              answer.begin(200);
              const std::string megabyte(1U << 20U, 'x');
              while (sent < 1000 && !answer.closed()) {
                answer.chunk(megabyte);
                ++sent;
              }
            }});
  const auto client = client_of(server);

  const auto answer = client->get(service);

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(sent < 200);
}

TEST_CASE("client: a request under way ends when the client is cancelled") {
  FakeApiServer server;
  server.on("GET " + service_path, {[&server](const ApiRequest&, ApiAnswer&) {
              server.wait_for_end(60s);
            }});
  const auto client = client_of(server);
  std::thread canceller([&] {
    server.wait_until([&] { return server.count("GET") == 1; });
    client->cancel();
  });

  const auto answer = client->get(service);

  canceller.join();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
}

TEST_CASE("client: nobody listening is told with the address") {
  std::string url;
  {
    const FakeApiServer server;
    url = server.url();
  }
  Connection connection;
  connection.server = url;
  const auto client = RestClient::open(connection, {"x", 5s, {}});
  REQUIRE(client);

  const auto answer = (*client)->get(service);

  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(answer.error().message.find("cannot reach the API server " + url) == 0);
}

TEST_CASE("client: a refused token is read again and the request repeated") {
  FakeApiServer server;
  std::string file = "/tmp/mooring-token-XXXXXX";
  REQUIRE(::mkstemp(file.data()) >= 0);
  std::ofstream(file) << "old";
  server.on(
      "GET " + service_path,
      {replies(200, service_body),
       [&file](const ApiRequest&, ApiAnswer& answer) {
         std::ofstream(file) << "new";
         answer.reply(401, status_body(401, "Unauthorized", "Unauthorized"));
       },
       replies(200, service_body)}
  );
  Connection connection;
  connection.server = server.url();
  connection.token.file = file;
  const auto client = RestClient::open(connection, {"x", 5s, {}});
  REQUIRE(client);

  CHECK((*client)->get(service));
  CHECK((*client)->get(service));

  const auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests.at(1).headers.at("authorization") == "Bearer old");
  CHECK(requests.at(2).headers.at("authorization") == "Bearer new");
  ::unlink(file.c_str());
}

TEST_CASE("client: a page of a list names kind and version of its items") {
  FakeApiServer server;
  server.on(
      "GET /api/v1/services",
      {replies(
          200,
          R"({"metadata":{"resourceVersion":"9","continue":"c"},"items":[{"metadata":{"name":"a"}}]})"
      )}
  );
  const auto client = client_of(server);

  const auto page = client->list({"Service", "", ""}, {"0", "", 500});

  REQUIRE(page);
  CHECK(page->resource_version == "9");
  CHECK(page->continue_token == "c");
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0]["kind"] == "Service");
  CHECK(page->items[0]["apiVersion"] == "v1");
}

}  // namespace
}  // namespace mooring::kube
