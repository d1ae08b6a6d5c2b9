// SPDX-License-Identifier: Apache-2.0
#include "operator/report/plan_report.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;
using report::Action;
using report::PlannedServer;

namespace {

api::Object deployment(int replicas, const std::string& image) {
  return api::Object(json{{"spec", {{"replicas", replicas}, {"template", {{"image", image}}}}}});
}

PlannedServer judged(const api::Object* live, const api::Object* wanted) {
  PlannedServer plan{{"tools", "web"}, {{{"Deployment", "tools", "web"}, Action::change}}, ""};
  report::judge_pods(live, wanted, plan);
  return plan;
}

}  // namespace

TEST_CASE("plan report: pods are replaced when the template changes, and only then") {
  const api::Object one = deployment(2, "a:1");
  const api::Object newer = deployment(2, "a:2");
  const api::Object larger = deployment(3, "a:1");
  CHECK(judged(&one, &newer).rolls_pods);
  CHECK_FALSE(judged(&one, &larger).rolls_pods);
  CHECK(judged(&one, &larger).pods == "those that run are kept, and there are 3 instead of 2");
  CHECK(judged(nullptr, &one).pods == "2 are started");
}

TEST_CASE("plan report: a server without pods has none that are replaced") {
  const api::Object none = deployment(0, "a:1");
  const api::Object newer = deployment(0, "a:2");
  CHECK_FALSE(judged(&none, &newer).rolls_pods);
}

TEST_CASE("plan report: each object has a line, with a sign for what becomes of it") {
  PlannedServer plan{
      {"tools", "web"},
      {{{"McpServer", "tools", "web"}, Action::change, {{"spec.replicas", 2, 3}}},
       {{"Service", "tools", "web"}, Action::none},
       {{"Ingress", "tools", "web"}, Action::remove},
       {{"Secret", "tools", "web-keys"}, Action::create},
       {{"ConfigMap", "tools", "web-settings"}, Action::refuse, {}, "belongs to somebody else"}},
      "those that run are kept",
      false,
      {"the operator is older"}};
  CHECK(
      print(plan) ==
      "mcpserver/web in namespace tools: 1 made, 1 changed, 1 removed, 1 refused\n"
      "  ~ McpServer/web\n"
      "      spec.replicas: 2 -> 3\n"
      "  - Ingress/web\n"
      "  + Secret/web-keys\n"
      "  ! ConfigMap/web-settings: belongs to somebody else\n"
      "  pods: those that run are kept\n"
      "  note: the operator is older\n"
  );
  const json shown = report::to_json(plan);
  CHECK(shown.at("changes") == true);
  CHECK(shown.at("refused") == true);
  CHECK(shown.at("objects").at(0).at("changes").at(0).at("to") == 3);
}

TEST_CASE("plan report: where nothing changes, that is all that is said") {
  const PlannedServer plan{
      {"tools", "web"}, {{{"McpServer", "tools", "web"}, Action::none}}, "those that run are kept"};
  CHECK_FALSE(plan.is_change());
  CHECK(print(plan) == "mcpserver/web in namespace tools: nothing changes\n");
}
