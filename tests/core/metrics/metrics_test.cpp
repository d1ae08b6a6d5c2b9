// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/metrics.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace mooring;

namespace {

bool has(const std::string& text, std::string_view line) {
  return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("metrics: counters, gauges and histograms in Prometheus' text") {
  metrics::Registry registry;
  registry.counter("calls_total", "Calls.", {{"tool", "add\"\n"}}).increment(2);
  registry.gauge("open", "Open.").set(3);
  const auto seconds = registry.histogram("seconds", "Time.", {}, {0.1, 1});
  seconds.observe(0.05);
  seconds.observe(5);

  const std::string text = registry.serialize();
  CHECK(has(text, "# TYPE calls_total counter"));
  CHECK(has(text, "# HELP calls_total Calls."));
  CHECK(has(text, R"(calls_total{tool="add\"\n"} 2)"));
  CHECK(has(text, "open 3"));
  CHECK(has(text, R"(seconds_bucket{le="0.1"} 1)"));
  CHECK(has(text, R"(seconds_bucket{le="+Inf"} 2)"));
  CHECK(has(text, "seconds_count 2"));
}

TEST_CASE("metrics: the same name and labels are the same metric") {
  metrics::Registry registry;
  registry.counter("calls_total", "Calls.", {{"tool", "a"}}).increment();
  registry.counter("calls_total", "Calls.", {{"tool", "a"}}).increment();
  registry.counter("calls_total", "Calls.", {{"tool", "b"}}).increment();

  CHECK(registry.counter("calls_total", "Calls.", {{"tool", "a"}}).value() == 2);
  registry.gauge("open", "Open.").add(2);
  registry.gauge("open", "Open.").add(-1);
  CHECK(registry.gauge("open", "Open.").value() == 1);
}

TEST_CASE("metrics: a gauge can be read when it is asked for") {
  metrics::Registry registry;
  double age = 1;
  registry.read_gauge("age", "Age.", {{"backend", "a"}}, [&age] { return age; });
  CHECK(has(registry.serialize(), R"(age{backend="a"} 1)"));

  age = 2.5;
  CHECK(has(registry.serialize(), R"(age{backend="a"} 2.5)"));

  registry.remove("age", {{"backend", "a"}});
  CHECK(registry.serialize().find("age{") == std::string::npos);
}

TEST_CASE("metrics: a removed series is gone and starts afresh when asked for again") {
  metrics::Registry registry;
  registry.counter("calls_total", "Calls.", {{"tool", "a"}}).increment(5);
  registry.gauge("up", "Up.", {{"backend", "a"}}).set(1);
  registry.histogram("seconds", "Time.", {{"x", "y"}}, {1}).observe(1);

  registry.remove("calls_total", {{"tool", "a"}});
  registry.remove("up", {{"backend", "a"}});
  registry.remove("seconds", {{"x", "y"}});
  registry.remove("never", {});

  const std::string text = registry.serialize();
  CHECK(text.find("tool=\"a\"") == std::string::npos);
  CHECK(text.find("backend=\"a\"") == std::string::npos);
  CHECK(text.find("x=\"y\"") == std::string::npos);
  CHECK(registry.counter("calls_total", "Calls.", {{"tool", "a"}}).value() == 0);
}

TEST_CASE("metrics: the process tells of itself, and only upwards of its time") {
  metrics::Registry registry;
  CHECK(registry.serialize().find("process_") == std::string::npos);
  registry.add_process_metrics();

  const std::string text = registry.serialize();
  for (const char* name :
       {"process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds"}) {
    CAPTURE(name);
    CHECK(text.find("\n" + std::string(name) + " ") != std::string::npos);
  }
  const auto total = registry.counter("process_cpu_seconds_total", "");
  const double before = total.value();
  registry.serialize();
  CHECK(total.value() >= before);
}

TEST_CASE("metrics: threads may count, ask and read at once") {
  metrics::Registry registry;
  registry.add_process_metrics();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&registry, t] {
      for (int i = 0; i < 200; ++i) {
        registry.counter("calls_total", "Calls.", {{"tool", std::to_string(i % 5)}}).increment();
        if (i % 50 == t) {
          registry.serialize();
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }

  double sum = 0;
  for (int i = 0; i < 5; ++i) {
    sum += registry.counter("calls_total", "Calls.", {{"tool", std::to_string(i)}}).value();
  }
  CHECK(sum == 800);
}
