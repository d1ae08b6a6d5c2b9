// SPDX-License-Identifier: Apache-2.0
#include "server/backend/listing.hpp"

#include "server/rpc/message.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::backend;
using catalogue::Kind;

TEST_CASE("listing: pages are put together, cursors go back as they came") {
  Listing listing(era::Generation::legacy, Kind::tools);
  CHECK(listing.params() == "{}");

  CHECK(
      listing.take({false, R"({"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"x\"y"})"})
          .value() == false
  );
  CHECK(listing.params() == R"({"cursor":"x\"y"})");
  CHECK(listing.take({false, R"({"tools":[{"name":"c"}]})"}).value() == true);

  CHECK(
      listing.items ==
      std::vector<std::string>{R"({"name":"a"})", R"({"name":"b"})", R"({"name":"c"})"}
  );
}

TEST_CASE("listing: a modern server is told version and cursor together") {
  Listing listing(era::Generation::modern, Kind::tools);
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
    Listing listing(era::Generation::legacy, Kind::tools);
    const auto taken = listing.take(c.answer);
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("listing: a server without the method has no tools") {
  Listing listing(era::Generation::legacy, Kind::tools);

  CHECK(listing.take({true, R"({"code":-32601,"message":"Method not found"})"}).value() == true);
  CHECK(listing.items.empty());
}

TEST_CASE("listing: it ends, whatever the server says") {
  Listing same(era::Generation::legacy, Kind::tools);
  const Answer page{false, R"({"tools":[],"nextCursor":"1"})"};
  REQUIRE(same.take(page).has_value());
  CHECK(same.take(page).error().message == "gave the same cursor twice in tools/list");

  Listing many(era::Generation::legacy, Kind::tools);
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(many.take({false, R"({"tools":[{}],"nextCursor":")" + std::to_string(i) + "\"}"})
                .has_value());
  }
  CHECK_FALSE(many.take({false, R"({"tools":[{}]})"}).has_value());
}

TEST_CASE("listing: each list has its method and its place in the answer") {
  const std::pair<Kind, std::string> cases[] = {
      {Kind::tools, "tools/list"},
      {Kind::resources, "resources/list"},
      {Kind::templates, "resources/templates/list"},
      {Kind::prompts, "prompts/list"}};

  for (const auto& [kind, method] : cases) {
    Listing listing(era::Generation::legacy, kind);
    CHECK(listing.method() == method);
    const std::string page = "{\"" + std::string(catalogue::list_member(kind)) + "\":[{}]}";
    CHECK(listing.take({false, page}).value() == true);
    CHECK(listing.items.size() == 1);
  }
}
