// SPDX-License-Identifier: Apache-2.0
#include "operator/apply/applier.hpp"

#include <doctest/doctest.h>

#include <map>

namespace mooring::apply {
namespace {

using kube::Answer;
using nlohmann::json;

/// Writes down what is asked of it; refuses what it is told to.
class RecordingWriter : public kube::Writer {
 public:
  Answer<api::Object> apply(const api::Object& object, std::string_view manager) override {
    return note("apply " + print(object.ref()) + " " + std::string(manager), object);
  }

  Answer<api::Object> apply_status(const api::Object& object, std::string_view manager) override {
    return note("status " + print(object.ref()) + " " + std::string(manager), object);
  }

  Answer<void> remove(const api::ObjectRef& ref, std::string_view uid, std::string_view version)
      override {
    const auto done =
        note("delete " + print(ref) + " " + std::string(uid) + " " + std::string(version), {});
    if (!done) {
      return tl::unexpected(done.error());
    }
    return {};
  }

  Answer<api::Object> create(const api::Object& object, std::string_view) override {
    return note("create " + object.kind(), object);
  }

  Answer<api::Object> replace(const api::Object& object, std::string_view) override {
    return note("replace " + object.kind(), object);
  }

  Answer<api::Object> merge(const api::ObjectRef& ref, const json&, std::string_view) override {
    return note("merge " + ref.kind, {});
  }

  std::map<std::string, Errc> refuse;
  std::string told;

 private:
  Answer<api::Object> note(const std::string& what, const api::Object& object) {
    told += what + "\n";
    for (const auto& [part, code] : refuse) {
      if (what.find(part) != std::string::npos) {
        return kube::failed(code, part + " refused");
      }
    }
    return object;
  }
};

api::Object object(const std::string& kind) {
  return api::Object(json{
      {"kind", kind},
      {"metadata",
       {{"name", "web"}, {"namespace", "tools"}, {"uid", "u"}, {"resourceVersion", "5"}}},
  });
}

plan::Plan whole_plan() {
  plan::Plan plan;
  plan.applies = {{object("Secret"), "new"}, {object("Deployment"), "spec.replicas"}};
  plan.deletes = {{{"PodDisruptionBudget", "tools", "web"}, "u9", "7"}};
  plan.status_patch = object("McpServer").body();
  plan.events = {{false, plan::Reason::ready, "Reconcile", "ready"}};
  return plan;
}

struct Fixture {
  RecordingWriter writer;
  WriteLog log;
  bool leads = true;
  std::string counted;
  Applier applier{
      writer,
      log,
      {"mooring.dev/mcp-operator", "test"},
      {[this] { return leads; },
       [this](std::string_view kind, std::string_view result) {
         counted.append(kind).append(" ").append(result).append(";");
       }}};
};

TEST_CASE("applier: children in order, then deletions, then status, then events") {
  Fixture f;

  CHECK(f.applier.obey(object("McpServer"), whole_plan()));

  CHECK(
      f.writer.told ==
      "apply Secret/web mcp-operator\n"
      "apply Deployment/web mcp-operator\n"
      "delete PodDisruptionBudget/web u9 7\n"
      "status McpServer/web mcp-operator-status\n"
      "create Event\n"
  );
  CHECK(f.counted == "Secret applied;Deployment applied;PodDisruptionBudget deleted;");
}

TEST_CASE("applier: an empty plan writes nothing") {
  Fixture f;

  CHECK(f.applier.obey(object("McpServer"), {}));
  CHECK(f.writer.told.empty());
}

TEST_CASE("applier: nothing is rolled while what pods start with is refused") {
  for (const std::string kind : {"Secret", "ConfigMap", "ServiceAccount", "NetworkPolicy"}) {
    Fixture f;
    f.writer.refuse["apply " + kind] = Errc::invalid;
    plan::Plan plan = whole_plan();
    plan.applies.front().object = object(kind);

    const auto obeyed = f.applier.obey(object("McpServer"), plan);

    REQUIRE_FALSE(obeyed);
    CHECK(f.writer.told == "apply " + kind + "/web mcp-operator\n");
  }
}

TEST_CASE("applier: a refused child does not keep the others back, but success is not told") {
  Fixture f;
  f.writer.refuse["apply Service"] = Errc::forbidden;

  plan::Plan plan = whole_plan();
  plan.applies.front().object = object("Service");
  const auto obeyed = f.applier.obey(object("McpServer"), plan);

  REQUIRE_FALSE(obeyed);
  CHECK(obeyed.error().code == Errc::forbidden);
  CHECK(obeyed.error().child == "Service");
  CHECK(f.writer.told.find("apply Deployment") != std::string::npos);
  CHECK(f.writer.told.find("status") == std::string::npos);
  CHECK(f.writer.told.find("Event") == std::string::npos);
}

TEST_CASE(
    "applier: where a foreign port keeps a Service from being applied, the ports are set first"
) {
  Fixture f;
  f.writer.refuse["apply Service"] = Errc::invalid;
  plan::Plan plan;
  plan.applies = {{object("Service"), "spec.ports"}};

  CHECK_FALSE(f.applier.obey(object("McpServer"), plan));
  CHECK(
      f.writer.told ==
      "apply Service/web mcp-operator\nmerge Service\napply Service/web mcp-operator\n"
  );
}

TEST_CASE("applier: a resource deleted meanwhile is no failure, an Event lost is none either") {
  Fixture f;
  f.writer.refuse["status"] = Errc::not_found;
  f.writer.refuse["create Event"] = Errc::forbidden;

  CHECK(f.applier.obey(object("McpServer"), whole_plan()));
}

TEST_CASE("applier: a kind that the cluster has just lost is no failure, but one that it must have"
) {
  Fixture f;
  f.writer.refuse["apply PodMonitor"] = Errc::not_found;
  plan::Plan plan = whole_plan();
  plan.applies.insert(plan.applies.begin(), {object("PodMonitor"), "is missing"});
  CHECK(f.applier.obey(object("McpServer"), plan));

  f.writer.refuse = {{"apply Secret", Errc::not_found}};
  CHECK_FALSE(f.applier.obey(object("McpServer"), whole_plan()));
}

TEST_CASE("applier: who does not lead any more writes nothing") {
  Fixture f;
  f.leads = false;

  const auto obeyed = f.applier.obey(object("McpServer"), whole_plan());

  REQUIRE_FALSE(obeyed);
  CHECK(obeyed.error().code == Errc::unavailable);
  CHECK(f.writer.told.empty());
}

}  // namespace
}  // namespace mooring::apply
