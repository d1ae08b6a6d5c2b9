// SPDX-License-Identifier: Apache-2.0
#include "operator/apply/event_series.hpp"

#include <doctest/doctest.h>

namespace mooring::apply {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const time::Timestamp start{std::chrono::seconds(1'800'000'000)};

api::Object server() {
  return api::Object(json{
      {"apiVersion", "mooring.dev/v1alpha1"},
      {"kind", "McpServer"},
      {"metadata", {{"name", "web"}, {"namespace", "tools"}, {"uid", "u1"}}},
  });
}

plan::Event event(const std::string& note = "all replicas are ready") {
  return {false, plan::Reason::ready, "Reconcile", note};
}

EventSeries series() {
  return EventSeries({"mooring.dev/mcp-operator", "mcp-operator-host"});
}

TEST_CASE("events: the first of its kind is posted with all that the API asks for") {
  EventSeries events = series();
  const EventAction action = events.add(event(), server(), start);

  REQUIRE(std::holds_alternative<PostEvent>(action));
  const json& body = std::get<PostEvent>(action).event.body();
  CHECK(body["metadata"]["namespace"] == "tools");
  CHECK(body["metadata"]["name"].get<std::string>().starts_with("web."));
  CHECK(body["eventTime"] == "2027-01-15T08:00:00.000000Z");
  CHECK(body["reportingController"] == "mooring.dev/mcp-operator");
  CHECK(body["reportingInstance"] == "mcp-operator-host");
  CHECK(body["type"] == "Normal");
  CHECK(body["reason"] == "Ready");
  CHECK(body["action"] == "Reconcile");
  CHECK(body["regarding"]["uid"] == "u1");
  CHECK(body["note"] == "all replicas are ready");
}

TEST_CASE("events: the second makes a series, more are counted, and written every half hour") {
  EventSeries events = series();
  const auto first = std::get<PostEvent>(events.add(event(), server(), start));

  const auto second = events.add(event(), server(), start + 1min);
  REQUIRE(std::holds_alternative<PatchEvent>(second));
  CHECK(std::get<PatchEvent>(second).event == first.event.ref());
  CHECK(std::get<PatchEvent>(second).patch["series"]["count"] == 2);

  time::Timestamp now = start + 1min;
  for (int i = 0; i < 5; ++i) {
    now += 5min;
    CHECK(std::holds_alternative<KeepQuiet>(events.add(event(), server(), now)));
  }
  const auto later = events.add(event(), server(), start + 32min);
  REQUIRE(std::holds_alternative<PatchEvent>(later));
  CHECK(std::get<PatchEvent>(later).patch["series"]["count"] == 8);
}

TEST_CASE("events: another note, or the same after six quiet minutes, is another event") {
  EventSeries events = series();
  events.add(event(), server(), start);

  CHECK(std::holds_alternative<PostEvent>(events.add(event("other"), server(), start)));
  CHECK(std::holds_alternative<PostEvent>(events.add(event(), server(), start + 7min)));
}

}  // namespace
}  // namespace mooring::apply
