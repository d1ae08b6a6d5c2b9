// SPDX-License-Identifier: Apache-2.0
#include "server/rpc/message.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

using namespace mooring;
using Kind = rpc::Message::Kind;

TEST_CASE("parse: a request is taken apart without a copy") {
  const std::string text =
      R"({"params":{"name":"x"},"id":"a\"1","method":"tools\/call","jsonrpc":"2.0","more":1})";

  const auto body = rpc::parse(text);

  REQUIRE(body);
  CHECK(body->message.kind == Kind::request);
  CHECK(body->message.id.raw == R"("a\"1")");
  CHECK(rpc::says(body->message.method.raw, "tools/call"));
  CHECK(body->message.params.raw == R"({"name":"x"})");
  CHECK(body->message.params.raw.data() >= text.data());
}

TEST_CASE("parse: kinds are told by their members") {
  struct Case {
    std::string text;
    Kind kind;
    std::string id;
  };

  const std::vector<Case> cases = {
      {R"({"jsonrpc":"2.0","id":0,"method":"ping"})", Kind::request, "0"},
      {R"({"jsonrpc":"2.0","id":-7,"method":"ping","params":{}})", Kind::request, "-7"},
      {R"({"jsonrpc":"2.0","id":"","method":"ping"})", Kind::request, "\"\""},
      {R"({"jsonrpc":"2.0","method":"notifications/initialized"})", Kind::notification, ""},
      {R"({"jsonrpc":"2.0","id":3,"result":{}})", Kind::response, "3"},
      {R"({"jsonrpc":"2.0","id":3,"error":{"code":1,"message":""}})", Kind::response, "3"},
      {R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}})", Kind::response, ""},
      {R"({"jsonrpc":"2.0","error":{"code":1,"message":""}})", Kind::response, ""},
  };

  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto body = rpc::parse(c.text);
    REQUIRE(body);
    CHECK(body->message.kind == c.kind);
    CHECK(body->message.id.raw == c.id);
  }
}

TEST_CASE("parse: an integer that fits no machine word is an id as it stands") {
  const std::string id(100, '7');
  const std::string text = R"({"jsonrpc":"2.0","method":"ping","id":)" + id + "}";
  const auto body = rpc::parse(text);
  REQUIRE(body);
  CHECK(body->message.id.raw == id);
}

TEST_CASE("parse: a response has no params, whatever it calls so") {
  const auto body = rpc::parse(R"({"jsonrpc":"2.0","id":1,"result":{},"params":"x"})");
  REQUIRE(body);
  CHECK(!body->message.params);
  CHECK(rpc::message_body(body->message) == R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST_CASE("parse: what is no message is refused with its id where it has one") {
  struct Case {
    std::string text;
    int code;
    std::string id;
  };

  const std::vector<Case> cases = {
      {"", -32700, ""},
      {"{", -32700, ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"x"}})", -32700, ""},
      {"1", -32600, ""},
      {"\"ping\"", -32600, ""},
      {"{}", -32600, ""},
      {R"({"id":1,"method":"x"})", -32600, "1"},
      {R"({"jsonrpc":"1.0","id":1,"method":"x"})", -32600, "1"},
      {R"({"jsonrpc":2.0,"id":"q","method":"x"})", -32600, "\"q\""},
      {R"({"jsonrpc":"2.0","id":1})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":null,"method":"x"})", -32600, ""},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"x"})", -32600, ""},
      {R"({"jsonrpc":"2.0","id":1e3,"method":"x"})", -32600, ""},
      {R"({"jsonrpc":"2.0","id":true,"method":"x"})", -32600, ""},
      {R"({"jsonrpc":"2.0","id":{},"method":"x"})", -32600, ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":[]})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","params":null})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","result":{}})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})", -32600, "1"},
      {R"({"jsonrpc":"2.0","id":1,"error":"no"})", -32600, "1"},
      {R"({"jsonrpc":"2.0","result":{}})", -32600, ""},
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"x"})", -32600, ""},
      {R"({"jsonrpc":"2.0","id":1,"method":"x","method":"y"})", -32600, ""},
      {"[]", -32600, ""},
      {R"([1])", -32600, ""},
      {R"([{"jsonrpc":"2.0","id":1,"method":"x"},{}])", -32600, ""},
  };

  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto body = rpc::parse(c.text);
    REQUIRE_FALSE(body);
    CHECK(body.error().status == 400);
    CHECK(body.error().code == c.code);
    CHECK(body.error().id == c.id);
    CHECK(rpc::check(rpc::refusal_body(body.error())));
  }
}

TEST_CASE("parse: a batch is a list, also of one, and bounded") {
  const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  const auto batch = [&ping](std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i) {
      text += (i == 0 ? "" : ",") + ping;
    }
    return text + "]";
  };

  const auto one = rpc::parse(batch(1));
  REQUIRE(one);
  CHECK(one->is_batch);
  CHECK(one->batch.size() == 1);
  CHECK(rpc::parse(batch(rpc::max_batch)));
  CHECK_FALSE(rpc::parse(batch(rpc::max_batch + 1)));
}

TEST_CASE("bodies: ids and results go out byte for byte") {
  CHECK(
      rpc::result_body(R"("a\u0062")", R"({"x": 1.50})") ==
      R"({"jsonrpc":"2.0","id":"a\u0062","result":{"x": 1.50}})"
  );
  CHECK(
      rpc::error_body("7", R"({"code":1,"message":"m"})") ==
      R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"m"}})"
  );
  CHECK(
      rpc::refusal_body({400, -32022, "no \"v\"", "1", R"({"supported":[]})"}) ==
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"no \"v\"","data":{"supported":[]}}})"
  );
  CHECK(
      rpc::refusal_body({403, -32600, "no", "", ""}) ==
      R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}})"
  );
}

TEST_CASE("parse: no bytes break it, and what it takes is whole") {
  const std::string seed =
      R"([{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"_meta":{"a":[1,2,{"b":"c"}]}}}])";
  std::mt19937 random(7);

  for (int round = 0; round < 30'000; ++round) {
    std::string text = random() % 2 == 0 ? seed : seed.substr(1, seed.size() - 2);
    for (std::size_t times = 1 + random() % 4; times > 0; --times) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    const auto body = rpc::parse(text);
    if (body) {
      CAPTURE(text);
      REQUIRE(nlohmann::json::accept(text));
    }
  }
}
