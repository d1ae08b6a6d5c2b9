// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/tool_counters.hpp"

#include <doctest/doctest.h>

using namespace mooring;

namespace {

bool shows(metrics::Registry& registry, const std::string& tool, int count) {
  const std::string line =
      "mcp_tools_executed_total{tool_name=\"" + tool + "\"} " + std::to_string(count) + "\n";
  return registry.serialize().find(line) != std::string::npos;
}

}  // namespace

TEST_CASE("tool counters: a tool that comes back goes on counting") {
  metrics::Registry registry;
  pipeline::ToolCounters counters(registry);
  counters.of("a")->increment();
  CHECK(shows(registry, "a", 1));

  counters.of("a")->increment();

  CHECK(shows(registry, "a", 2));
}

TEST_CASE("tool counters: of those that nobody holds the oldest are forgotten") {
  metrics::Registry registry;
  pipeline::ToolCounters counters(registry, 2);
  const auto held = counters.of("held");
  for (const char* tool : {"a", "b", "a", "c"}) {
    counters.of(tool)->increment();
  }

  held->increment();
  CHECK(shows(registry, "held", 1));
  CHECK(shows(registry, "a", 2));
  CHECK(shows(registry, "c", 1));
  CHECK_FALSE(shows(registry, "b", 1));
  counters.of("b")->increment();
  CHECK(shows(registry, "b", 1));
}

TEST_CASE("tool counters: ever new names leave as many series as are kept") {
  metrics::Registry registry;
  pipeline::ToolCounters counters(registry, 10);
  for (int i = 0; i < 1000; ++i) {
    counters.of("tool-" + std::to_string(i))->increment();
  }

  const std::string page = registry.serialize();
  std::size_t series = 0;
  for (auto at = page.find("{tool_name="); at != std::string::npos;
       at = page.find("{tool_name=", at + 1)) {
    ++series;
  }
  CHECK(series == 10);
}
