// SPDX-License-Identifier: Apache-2.0
#include "server/backend/lists.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::backend;
using namespace std::chrono_literals;
using catalogue::Kind;

namespace {

const Lists::Time t0{1h};

catalogue::Offers all_declared() {
  catalogue::Offers offers;
  offers.capabilities = {.tools = true, .resources = true, .prompts = true};
  return offers;
}

// The method that is asked for next; empty: none.
std::string next(Lists& lists, Lists::Time now = t0) {
  const auto request = lists.next(now);
  return request ? std::string(request->method) : "";
}

void give(Lists& lists, const std::string& item) {
  const std::string member(catalogue::list_member(lists.kind()));
  const auto is_last = lists.take({false, "{\"" + member + "\":[{\"name\":\"" + item + "\"}]}"});
  REQUIRE(is_last);
  CHECK(*is_last);
}

}  // namespace

TEST_CASE("lists: all that is declared is asked for, one after the other") {
  Lists lists(30s);
  lists.begin(era::Generation::legacy, all_declared(), true);

  for (const std::string_view method :
       {"tools/list", "resources/list", "resources/templates/list", "prompts/list"}) {
    CHECK(next(lists) == method);
    CHECK(next(lists).empty());
    CHECK(lists.is_asking());
    give(lists, "a");
  }
  CHECK(next(lists).empty());
  CHECK(lists.known().prompts.size() == 1);
  CHECK(lists.are_fresh());
}

TEST_CASE("lists: of a process of one session none is asked for") {
  Lists lists(30s);
  lists.begin(era::Generation::legacy, all_declared(), false);
  CHECK(next(lists).empty());
}

TEST_CASE("lists: a change is asked for once a second, one while it starts when it is up") {
  Lists lists(30s);
  lists.begin(era::Generation::legacy, {}, true);
  CHECK(next(lists) == "tools/list");
  lists.change(Kind::tools, t0);
  give(lists, "a");
  CHECK(next(lists).empty());

  lists.came_up();
  CHECK(next(lists, t0 + 999ms).empty());
  CHECK(lists.wake() == t0 + 1s);
  CHECK(next(lists, t0 + 1s) == "tools/list");
  give(lists, "b");
  CHECK_FALSE(lists.wake());
}

TEST_CASE("lists: one that is refused stays as it was, the others are asked for") {
  Lists lists(30s);
  lists.begin(era::Generation::legacy, all_declared(), true);
  next(lists);
  give(lists, "a");
  CHECK(next(lists) == "resources/list");
  CHECK_FALSE(lists.take({true, R"({"code":-32603,"message":"no database"})"}));
  catalogue::Offers before;
  before.resources = {"{}"};
  CHECK(lists.fail(before, false, t0));

  CHECK(lists.known().resources == before.resources);
  CHECK_FALSE(lists.are_fresh());
  CHECK(next(lists) == "resources/templates/list");
  give(lists, "t");
  CHECK(next(lists) == "prompts/list");
  give(lists, "p");
  lists.came_up();
  CHECK(lists.wake() == t0 + 30s);
  CHECK(next(lists, t0 + 30s) == "resources/list");
  CHECK_FALSE(lists.fail(before, false, t0 + 30s));
}

TEST_CASE("lists: a server that is silent on one is up without the others, which are asked later") {
  Lists lists(30s);
  lists.begin(era::Generation::legacy, all_declared(), true);
  next(lists);
  give(lists, "a");
  next(lists);
  CHECK(lists.fail({}, true, t0));
  CHECK(next(lists).empty());
  CHECK_FALSE(lists.are_fresh());

  lists.came_up();
  CHECK(next(lists) == "resources/templates/list");
}
