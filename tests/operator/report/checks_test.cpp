// SPDX-License-Identifier: Apache-2.0
#include "operator/report/checks.hpp"

#include "operator/report/table.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;
using report::Check;

TEST_CASE("checks: each has a sign, and what to do stands below what is bad") {
  const std::vector<Check> checks = {
      {Check::State::good, "API server", "there"},
      {Check::State::bad, "CRD", "is missing", "install it"},
      {Check::State::absent, "Gateway", "not installed"},
      {Check::State::unknown, "Lease", "may not be read"}};
  CHECK(
      print(checks) ==
      "✓ API server  there\n"
      "✗ CRD         is missing\n"
      "  → install it\n"
      "- Gateway     not installed\n"
      "? Lease       may not be read\n"
  );
  CHECK_FALSE(report::is_well(checks));
  CHECK(to_json(checks).at("checks").at(1).at("state") == "bad");
}

TEST_CASE("checks: what is absent or not known is not bad") {
  CHECK(report::is_well({{Check::State::absent, "a", ""}, {Check::State::unknown, "b", ""}}));
}

TEST_CASE("checks: versions of Kubernetes are compared as numbers, whatever follows them") {
  CHECK(report::is_served("v1.31.0"));
  CHECK(report::is_served("v1.100.2+k3s1"));
  CHECK(report::is_served("v2.0"));
  CHECK_FALSE(report::is_served("v1.29.9"));
  CHECK_FALSE(report::is_served("v1.9.0"));
  CHECK_FALSE(report::is_served(""));
}

TEST_CASE("checks: the first place at which two documents differ is named") {
  const json a = {{"x", {{"y", {1, 2}}}}};
  CHECK(report::first_difference(a, a, "spec").empty());
  CHECK(report::first_difference(a, {{"x", {{"y", {1, 3}}}}}, "spec") == "spec.x.y[1]");
  CHECK(report::first_difference(a, {{"x", json::object()}}, "spec") == "spec.x.y");
}

TEST_CASE("table: columns are as wide as their widest cell, in characters") {
  CHECK(
      report::table({{"A", "B"}, {"ä€", "x"}, {"long", ""}}, " ") == " A     B\n ä€    x\n long\n"
  );
}

TEST_CASE("table: an age has one unit") {
  const auto today = *time::parse_rfc3339("2026-01-02T00:00:00Z");
  CHECK(report::age("2026-01-01T23:59:00Z", today) == "60s");
  CHECK(report::age("2026-01-01T23:00:00Z", today) == "60m");
  CHECK(report::age("2026-01-01T02:00:00Z", today) == "22h");
  CHECK(report::age("2025-12-02T00:00:00Z", today) == "31d");
  CHECK(report::age("2026-01-02T00:00:09Z", today) == "0s");
  CHECK(report::age("soon", today) == "?");
}
