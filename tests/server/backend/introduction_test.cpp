// SPDX-License-Identifier: Apache-2.0
#include "server/backend/introduction.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::backend;
using Turn = Introduction::Turn;

namespace {

const Answer no_such_method{true, R"({"code":-32601,"message":"Method not found"})"};
const Answer modern{false, R"({"resultType":"complete","supportedVersions":["2026-07-28"]})"};
const Answer legacy{false, R"({"protocolVersion":"2025-06-18","capabilities":{}})"};

}  // namespace

TEST_CASE("introduction: a server that discovers itself is modern") {
  Introduction introduction;

  CHECK(introduction.begin(true) == Turn::ask_discover);
  CHECK(introduction.discovered(modern) == Turn::modern);
}

TEST_CASE("introduction: one that refuses, or knows other versions only, is asked to initialize") {
  for (const Answer& answer :
       {no_such_method,
        Answer{false, R"({"supportedVersions":["2027-01-01"]})"},
        Answer{false, "{}"}}) {
    Introduction introduction;
    introduction.begin(true);

    CHECK(introduction.discovered(answer) == Turn::ask_initialize);
    CHECK(introduction.initialized(legacy) == Turn::legacy);
  }
}

TEST_CASE("introduction: of a server that was slow with both answers the first good one counts") {
  Introduction late;
  late.begin(true);
  CHECK(late.impatient() == Turn::ask_initialize);
  CHECK(late.discovered(modern) == Turn::again);
  CHECK(late.initialized(legacy) == Turn::wait);

  Introduction crossed;
  crossed.begin(true);
  crossed.impatient();
  CHECK(crossed.initialized(no_such_method) == Turn::wait);
  CHECK(crossed.discovered(modern) == Turn::modern);

  Introduction deaf;
  deaf.begin(true);
  deaf.impatient();
  CHECK(deaf.initialized(legacy) == Turn::legacy);
  CHECK(deaf.discovered(no_such_method) == Turn::wait);
}

TEST_CASE("introduction: impatience changes nothing once the question is answered") {
  Introduction introduction;
  introduction.begin(true);
  introduction.discovered(no_such_method);

  CHECK(introduction.impatient() == Turn::wait);
}

TEST_CASE("introduction: a server that refuses both has failed, and the message says why") {
  Introduction introduction;
  introduction.begin(true);
  introduction.discovered(no_such_method);

  CHECK(introduction.initialized({true, R"({"code":1,"message":"no licence"})"}) == Turn::failed);
  CHECK(introduction.why() == "refused initialize: no licence");
}

TEST_CASE("introduction: a version that nobody here speaks is named") {
  Introduction introduction;
  introduction.begin(false);

  CHECK(introduction.initialized({false, R"({"protocolVersion":"1999-01-01"})"}) == Turn::failed);
  CHECK(introduction.why().starts_with("speaks MCP version \"1999-01-01\", which this program"));
}

TEST_CASE("introduction: what is sent is JSON with the version in its place") {
  CHECK(rpc::check(discover_params()).has_value());
  CHECK(rpc::check(initialize_params()).has_value());
  CHECK(rpc::check(listen_params({}, {})).has_value());
  CHECK(
      discover_params().find("\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"") !=
      std::string::npos
  );
  CHECK(initialize_params().starts_with(R"({"protocolVersion":"2025-11-25")"));
}

TEST_CASE("introduction: what the deciding answer says of the server is kept") {
  const std::string declared =
      R"("capabilities":{"tools":{},"resources":{"subscribe":true},"prompts":null,"logging":{}},)"
      R"("instructions":"Say \"please\"")";
  Introduction found;
  found.begin(true);
  found.discovered({false, R"({"supportedVersions":["2026-07-28"],)" + declared + "}"});
  Introduction asked;
  asked.begin(false);
  asked.initialized({false, R"({"protocolVersion":"2025-11-25",)" + declared + "}"});

  for (const Introduction& introduction : {found, asked}) {
    CHECK(
        introduction.offers().capabilities ==
        catalogue::Capabilities{
            .tools = true, .resources = true, .subscriptions = true, .logging = true}
    );
    CHECK(introduction.offers().instructions == "Say \"please\"");
  }
}

TEST_CASE("introduction: before there was a capability for it, prompts may complete") {
  Introduction introduction;
  introduction.begin(false);
  introduction.initialized(
      {false, R"({"protocolVersion":"2024-11-05","capabilities":{"prompts":{}}})"}
  );

  CHECK(introduction.offers().capabilities.completions);
}

TEST_CASE("introduction: changes are listened for where there are lists") {
  CHECK(listen_params({}, {}).ends_with(R"("notifications":{"toolsListChanged":true}})"));
  CHECK(
      listen_params({.resources = true, .prompts = true}, {"a:\"b\"", "c:d"})
          .ends_with(
              R"({"toolsListChanged":true,"resourcesListChanged":true,"promptsListChanged":true,"resourceSubscriptions":["a:\"b\"","c:d"]}})"
          )
  );
}
