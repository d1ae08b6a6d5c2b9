// SPDX-License-Identifier: Apache-2.0
#include "server/backend/introduction.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::backend;
using Turn = Introduction::Turn;

namespace {

const Answer refusal{true, R"({"code":-32601,"message":"Method not found"})"};
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
       {refusal, Answer{false, R"({"supportedVersions":["2027-01-01"]})"}, Answer{false, "{}"}}) {
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
  CHECK(late.discovered(modern) == Turn::modern);
  CHECK(late.initialized(refusal) == Turn::wait);

  Introduction crossed;
  crossed.begin(true);
  crossed.impatient();
  CHECK(crossed.initialized(refusal) == Turn::wait);
  CHECK(crossed.discovered(modern) == Turn::modern);

  Introduction deaf;
  deaf.begin(true);
  deaf.impatient();
  CHECK(deaf.initialized(legacy) == Turn::legacy);
  CHECK(deaf.discovered(refusal) == Turn::wait);
}

TEST_CASE("introduction: impatience changes nothing once the question is answered") {
  Introduction introduction;
  introduction.begin(true);
  introduction.discovered(refusal);

  CHECK(introduction.impatient() == Turn::wait);
}

TEST_CASE("introduction: a server that refuses both has failed, and the message says why") {
  Introduction introduction;
  introduction.begin(true);
  introduction.discovered(refusal);

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
  CHECK(rpc::check(listen_params()).has_value());
  CHECK(
      discover_params().find("\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"") !=
      std::string::npos
  );
  CHECK(initialize_params().starts_with(R"({"protocolVersion":"2025-11-25")"));
}

TEST_CASE("listing: pages are put together, cursors go back as they came") {
  Listing listing(era::Generation::legacy);
  CHECK(listing.params() == "{}");

  CHECK(
      listing.take({false, R"({"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"x\"y"})"})
          .value() == false
  );
  CHECK(listing.params() == R"({"cursor":"x\"y"})");
  CHECK(listing.take({false, R"({"tools":[{"name":"c"}]})"}).value() == true);

  CHECK(
      listing.tools ==
      std::vector<std::string>{R"({"name":"a"})", R"({"name":"b"})", R"({"name":"c"})"}
  );
}

TEST_CASE("listing: a modern server is told version and cursor together") {
  Listing listing(era::Generation::modern);
  REQUIRE(listing.take({false, R"({"tools":[],"nextCursor":"c"})"}).has_value());

  CHECK(rpc::check(listing.params()).has_value());
  CHECK(listing.params().ends_with(R"(,"cursor":"c"})"));
}

TEST_CASE("listing: what is wrong with a page is told") {
  struct Case {
    Answer answer;
    std::string_view message;
  };

  const Case cases[] = {
      {{false, "{}"}, "without a list of tools"},
      {{false, R"({"tools":{}})"}, "without a list of tools"},
      {{true, R"({"code":-32603,"message":"database"})"}, "refused tools/list: database"},
  };

  for (const Case& c : cases) {
    Listing listing(era::Generation::legacy);
    const auto taken = listing.take(c.answer);
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("listing: a server without the method has no tools") {
  Listing listing(era::Generation::legacy);

  CHECK(listing.take(refusal).value() == true);
  CHECK(listing.tools.empty());
}

TEST_CASE("listing: it ends, whatever the server says") {
  Listing same(era::Generation::legacy);
  const Answer page{false, R"({"tools":[],"nextCursor":"1"})"};
  REQUIRE(same.take(page).has_value());
  CHECK(same.take(page).error().message == "gave the same cursor twice in tools/list");

  Listing many(era::Generation::legacy);
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(many.take({false, R"({"tools":[{}],"nextCursor":")" + std::to_string(i) + "\"}"})
                .has_value());
  }
  CHECK_FALSE(many.take({false, R"({"tools":[{}]})"}).has_value());
}
