// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/page_client.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace mooring;

TEST_CASE("page client: what a reply says already, in whatever case, is not said twice") {
  constexpr std::array<http::HeaderView, 2> wanted = {
      {{"Access-Control-Allow-Origin", "https://app.example.com"}, {"Vary", "Origin"}}};
  http::Reply reply;
  reply.headers.emplace_back("access-control-allow-origin", "https://app.example.com");

  pipeline::add_missing(reply, wanted);

  REQUIRE(reply.headers.size() == 2);
  CHECK(reply.headers[0].first == "access-control-allow-origin");
  CHECK(reply.headers[1].first == "Vary");
}
