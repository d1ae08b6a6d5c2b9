// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/record.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace mooring;
using namespace mooring::pipeline;

namespace {

Exchange a_call(bool counted, int status, Fault fault) {
  Exchange exchange;
  exchange.counted = counted;
  exchange.method = era::Method::tools_call;
  exchange.status = status;
  exchange.fault = fault;
  return exchange;
}

}  // namespace

TEST_CASE("recorder: each exchange counts by method and status, and its fault by who looks into it"
) {
  metrics::Registry registry;
  Recorder recorder(registry);
  recorder.record(a_call(true, 200, Fault::none));
  recorder.record(a_call(true, 200, Fault::cancelled));
  recorder.record(a_call(true, 299, Fault::internal));
  recorder.record(a_call(false, 200, Fault::internal));
  const std::string text = registry.serialize();
  const auto has = [&text](const std::string& line) {
    return text.find(line + "\n") != std::string::npos;
  };

  CHECK(has(R"(mcp_request_duration_seconds_count{method="tools/call",status_code="200"} 2)"));
  CHECK(has(R"(mcp_request_duration_seconds_count{method="tools/call",status_code="other"} 1)"));
  CHECK(has(R"(mcp_errors_total{error_type="cancelled"} 1)"));
  CHECK(has(R"(mcp_errors_total{error_type="internal"} 1)"));
  CHECK(has(R"(mcp_errors_total{error_type="timeout"} 0)"));
}

TEST_CASE("recorder: what goes wrong between replicas is told apart") {
  metrics::Registry registry;
  Recorder recorder(registry);
  for (const int status : {421, 501, 502}) {
    recorder.record(a_call(true, status, Fault::none));
  }
  const std::string text = registry.serialize();

  for (const char* code : {"421", "501", "502"}) {
    CHECK(text.find(std::string("status_code=\"") + code + "\"") != std::string::npos);
  }
  CHECK(text.find("\"other\"") == std::string::npos);
}

TEST_CASE("recorder: every fault has a name of its own") {
  std::vector<std::string_view> names;
  for (int fault = 0; fault <= static_cast<int>(Fault::internal); ++fault) {
    names.push_back(name(static_cast<Fault>(fault)));
  }
  std::sort(names.begin(), names.end());

  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}
