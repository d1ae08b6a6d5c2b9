// SPDX-License-Identifier: Apache-2.0
#include "server/input/question.hpp"

#include "server/session/session.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace mooring;
using input::Question;
using nlohmann::json;

namespace {

input::Required required(const std::string& result) {
  const auto checked = rpc::check(result);
  REQUIRE(checked);
  const auto read = input::read_required(*checked);
  const std::string problem = read ? "" : read.error().message;
  CAPTURE(problem);
  REQUIRE(read);
  return *read;
}

std::string problem_of(const std::string& result) {
  const auto read = input::read_required(*rpc::check(result));
  return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("question: what a client must have declared to be asked") {
  struct Case {
    Question question;
    unsigned declared;
    std::string lacking;
  };

  const Case cases[] = {
      {{"q", "roots/list", ""}, 0, R"({"roots":{}})"},
      {{"q", "roots/list", ""}, session::roots, ""},
      {{"q", "sampling/createMessage", "{}"}, session::roots, R"({"sampling":{}})"},
      {{"q", "sampling/createMessage", "{}"}, session::sampling, ""},
      {{"q", "sampling/createMessage", R"({"tools":[]})"},
       session::sampling,
       R"({"sampling":{"tools":{}}})"},
      {{"q", "elicitation/create", "{}"},
       session::elicitation_url,
       R"({"elicitation":{"form":{}}})"},
      {{"q", "elicitation/create", R"({"mode":"form"})"}, session::elicitation_form, ""},
      {{"q", "elicitation/create", R"({"mode":"url"})"},
       session::elicitation_form,
       R"({"elicitation":{"url":{}}})"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.question.method);
    CAPTURE(c.question.params);
    CHECK(input::lacking(c.question, c.declared).value_or("") == c.lacking);
  }
}

TEST_CASE("question: what is declared is what was read") {
  for (unsigned capabilities = 0; capabilities < 32; ++capabilities) {
    const bool tools_alone =
        (capabilities & session::sampling_tools) != 0 && (capabilities & session::sampling) == 0;
    if (!tools_alone) {
      CHECK(session::read_capabilities(*rpc::check(input::declared(capabilities))) == capabilities);
    }
  }
}

TEST_CASE("question: a request on the stream becomes an entry of a result") {
  const std::vector<Question> questions = {
      {"q1",
       "elicitation/create",
       R"({"message":"Who?","_meta":{"progressToken":1},"requestedSchema":{}})"},
      {"q2", "roots/list", ""}};

  const json result = json::parse(input::input_required(questions, "sealed", R"({"name":"m"})"));

  CHECK(result == json::parse(R"({
    "resultType": "input_required",
    "inputRequests": {
      "q1": {"method": "elicitation/create", "params": {"message": "Who?", "requestedSchema": {}}},
      "q2": {"method": "roots/list"}
    },
    "requestState": "sealed",
    "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "m"}}
  })"));
}

TEST_CASE("question: an elicitation by url gets the id that only the earlier generations know") {
  const Question by_url{"q", "elicitation/create", R"({"mode":"url","url":"https://a.example"})"};
  const Question by_form{"q", "elicitation/create", R"({"mode":"form","message":"x"})"};

  CHECK(
      json::parse(input::for_legacy(by_url, "7")) ==
      json{{"mode", "url"}, {"url", "https://a.example"}, {"elicitationId", "7"}}
  );
  CHECK(json::parse(input::for_legacy(by_form, "7")) == json{{"mode", "form"}, {"message", "x"}});
  CHECK(
      json::parse(input::for_modern({"q", "elicitation/create", input::for_legacy(by_url, "7")})) ==
      json::parse(by_url.params)
  );
}

TEST_CASE("question: an input_required is read whole") {
  const auto read = required(
      R"({"inputRequests":{"a\"b":{"method":"roots\/list"},"c":{"method":"elicitation/create","params":{"message":"x"}}},"requestState":"s\n"})"
  );

  CHECK(
      read.questions ==
      std::vector<Question>{
          {"a\"b", "roots/list", ""}, {"c", "elicitation/create", R"({"message":"x"})"}}
  );
  CHECK(read.state == "s\n");
  CHECK(required(R"({"requestState":""})").state == "");
  CHECK_FALSE(required(R"({"inputRequests":{}})").state);
}

TEST_CASE("question: an input_required that makes no sense is refused with what is wrong") {
  CHECK(
      problem_of("{}") == "input_required: it has neither \"inputRequests\" nor \"requestState\""
  );
  CHECK(
      problem_of(R"({"inputRequests":[]})") ==
      "input_required: \"inputRequests\" must be an object, \"requestState\" a string"
  );
  CHECK(
      problem_of(R"({"inputRequests":{"a":{"method":"tools/call"}}})") ==
      "input_required: inputRequests.\"a\" is no request to a client"
  );
  CHECK(
      problem_of(R"({"inputRequests":{"a":{"method":"roots/list","params":1}}})") ==
      "input_required: inputRequests.\"a\".params is no object"
  );
  json many;
  for (int i = 0; i < 33; ++i) {
    many["inputRequests"]["q" + std::to_string(i)] = {{"method", "roots/list"}};
  }
  CHECK(problem_of(many.dump()) == "input_required: it asks for more than 32 inputs");
}

TEST_CASE("question: answers are found by key, and written so") {
  const auto responses = *rpc::check(R"({"a":{"action":"accept"},"b":7})");

  CHECK(input::answer_of(responses, "a") == R"({"action":"accept"})");
  CHECK_FALSE(input::answer_of(responses, "b"));
  CHECK_FALSE(input::answer_of(responses, "c"));
  CHECK_FALSE(input::answer_of({}, "a"));
  CHECK(
      input::input_responses({{"a", "{}"}, {"b\"", R"({"x":1})"}}) == R"({"a":{},"b\"":{"x":1}})"
  );
  CHECK(input::input_responses({}) == "{}");
}
