// SPDX-License-Identifier: Apache-2.0
#include "tests/server/backend/stdio_fixture.hpp"
#include "tests/support/eventually.hpp"

using namespace mooring;
using namespace mooring::tests;
using backend::State;

namespace {

backend::CallRequest request(const std::string& tool, const json& arguments = json::object()) {
  return {"tools/call", call_params(tool, arguments)};
}

backend::CallRequest asking(const std::string& tool, const json& arguments = json::object()) {
  backend::CallRequest made = request(tool, arguments);
  made.can_be_asked = true;
  return made;
}

// What the server has been told beside calls and lists.
json seen(backend::Backend& backend) {
  return json::parse(call_text(backend, "seen"));
}

json methods(const json& messages) {
  json found = json::array();
  for (const json& message : messages) {
    if (message.contains("method")) {
      found.push_back(message["method"]);
    }
  }
  return found;
}

std::string notice(const backend::Event& event) {
  const auto* heard = std::get_if<backend::Notice>(&event);
  REQUIRE(heard != nullptr);
  const json params = json::parse(heard->params);
  return heard->kind == backend::Notice::Kind::progress ? params["progress"].dump()
                                                        : params["data"].get<std::string>();
}

}  // namespace

TEST_CASE("stdio: progress and log messages of a call come to it, as far as they are wanted") {
  Subject subject(fixture("full"));
  subject.wait_for(State::up);
  backend::CallRequest wanting = request("talk");
  wanting.progress_token = subject->next_token();
  wanting.params =
      json{{"name", "talk"}, {"_meta", {{"progressToken", wanting.progress_token}}}}.dump();
  wanting.log_level = backend::LogLevel::info;

  const Begun begun = begin(*subject, std::move(wanting));
  REQUIRE(begun.listener->answer());

  REQUIRE(begun.listener->heard() == 4);
  CHECK(notice(begun.listener->next()) == "1");
  CHECK(notice(begun.listener->next()) == "2");
  CHECK(notice(begun.listener->next()) == "so info");
  CHECK(notice(begun.listener->next()) == "so error");

  const Begun silent = begin(*subject, request("talk"));
  REQUIRE(silent.listener->answer());
  CHECK(silent.listener->heard() == 0);
}

TEST_CASE("stdio: a legacy server is told to log as much as the most curious call wants") {
  Subject subject(fixture("full"));
  subject.wait_for(State::up);
  for (const auto level :
       {backend::LogLevel::error, backend::LogLevel::debug, backend::LogLevel::info}) {
    backend::CallRequest curious = request("echo");
    curious.log_level = level;
    REQUIRE(begin(*subject, std::move(curious)).listener->answer());
  }

  json levels = json::array();
  for (const json& message : seen(*subject)) {
    if (message.value("method", "") == "logging/setLevel") {
      levels.push_back(message["params"]["level"]);
    }
  }
  CHECK(levels == json{"error", "debug"});
}

TEST_CASE("stdio: log messages while several calls are under way are nobody's") {
  auto options = fixture("full");
  options.timeout = 5s;
  Subject subject(options);
  subject.wait_for(State::up);
  backend::CallRequest other = request("slow");
  other.log_level = backend::LogLevel::debug;
  const Begun slow = begin(*subject, std::move(other));
  backend::CallRequest wanting = request("talk");
  wanting.log_level = backend::LogLevel::debug;

  const Begun begun = begin(*subject, std::move(wanting));
  REQUIRE(begun.listener->answer());

  CHECK(begun.listener->heard() == 0);
  CHECK(slow.listener->heard() == 0);
  CHECK(subject.metric("mcp_backend_lines_ignored_total", "unrelated") == 5);
  slow.call->cancel();
}

TEST_CASE("stdio: a question goes to the client of the one call that is under way") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);
  const Begun begun = begin(*subject, asking("ask"));

  const backend::Event event = begun.listener->next();
  const auto* question = std::get_if<backend::Question>(&event);
  REQUIRE(question != nullptr);
  CHECK(question->method == "roots/list");
  CHECK(question->id == "\"q1\"");
  begun.call->reply("\"q0\"", {false, "{}"});  // was never asked
  begun.call->reply(question->id, {false, "{\"roots\":\n[]}"});
  begun.call->reply(question->id, {false, "{}"});  // is answered already

  const auto answer = begun.listener->answer();
  REQUIRE(answer);
  const std::string both = json::parse(answer->raw)["content"][0]["text"];
  CHECK(both.find(R"("id":"q1","result":{"roots": []})") != std::string::npos);
}

TEST_CASE("stdio: who is asked cannot be told when several calls are under way") {
  auto options = fixture("legacy");
  options.timeout = 5s;
  Subject subject(options);
  subject.wait_for(State::up);
  const Begun slow = begin(*subject, request("slow"));

  const auto answer = begin(*subject, asking("ask")).listener->answer();

  REQUIRE(answer);
  const std::string both = json::parse(answer->raw)["content"][0]["text"];
  CHECK(both.find("it cannot be told which call this is about") != std::string::npos);
  slow.call->cancel();
}

TEST_CASE("stdio: what a call asks that nobody waits for any more is asked of nobody") {
  auto options = fixture("legacy");
  options.timeout = 3s;
  Subject subject(options);
  subject.wait_for(State::up);
  REQUIRE_FALSE(begin(*subject, request("slow")).listener->answer());  // its time is over

  const auto answer = begin(*subject, asking("wonder")).listener->answer();
  REQUIRE(answer);
  CHECK(answer->raw.find("it cannot be told which call this is about") != std::string::npos);
}

TEST_CASE("stdio: a call whose time was over before its process was up is not late: it was not sent"
) {
  auto options = fixture("silent-on-discover");
  options.timeout = 2s;
  options.start_timeout = 7'500ms;  // a third of it until it is asked to initialize
  options.instances.idle_timeout = 1s;
  Subject subject(options);
  subject.wait_for(State::idle);
  const auto held = begin(*subject, request("echo")).listener->answer();
  REQUIRE_FALSE(held);
  CHECK(held.error().code == Errc::timeout);
  subject.wait_for(State::up);

  const Begun asked = begin(*subject, asking("wonder"));

  CHECK(asked.listener->hears_first());
  asked.call->cancel();
}

TEST_CASE("stdio: a call that was given up is nobody else's than its own session's") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);
  backend::CallRequest slow = request("slow");
  slow.session = "mine";
  begin(*subject, std::move(slow)).call->cancel();
  backend::CallRequest same = asking("wonder");
  same.session = "mine";

  const Begun begun = begin(*subject, std::move(same));
  const backend::Event event = begun.listener->next();
  REQUIRE(std::holds_alternative<backend::Question>(event));
  begun.call->reply(std::get<backend::Question>(event).id, {false, R"({"roots":[]})"});
  CHECK(begun.listener->answer());
}

TEST_CASE("stdio: a client that does not come back keeps no other from being asked") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);
  const Begun left = begin(*subject, asking("wonder", {{"questions", 2}}));
  left.listener->next();
  left.listener->next();

  CHECK(eventually([&] {
    const Begun begun = begin(*subject, asking("wonder"));
    if (!begun.listener->hears_first()) {
      return false;  // within the breath in which the first may have asked more
    }
    const backend::Event event = begun.listener->next();
    begun.call->reply(std::get<backend::Question>(event).id, {false, R"({"roots":[]})"});
    return begun.listener->answer().has_value();
  }));
  left.call->cancel();
}

TEST_CASE("stdio: of too many calls that wait for their clients the oldest is given up") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);
  std::vector<Begun> waiting;
  const auto all_wait = [&] {
    const Begun begun = begin(*subject, asking("wonder"));
    if (begun.listener->hears_first()) {
      waiting.push_back(begun);
    }
    return waiting.size() == 129;
  };
  // Each of them a breath after the one before.
  CHECK(eventually(all_wait, 120s));

  const auto answer = waiting.front().listener->answer();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::timeout);
}

TEST_CASE("stdio: a level that nobody has chosen is not told to a legacy server") {
  Subject subject(fixture("full"));
  subject.wait_for(State::up);
  backend::CallRequest wanting = request("talk");
  wanting.log_level = backend::LogLevel::debug;
  wanting.has_chosen_level = false;
  const Begun begun = begin(*subject, std::move(wanting));
  REQUIRE(begun.listener->answer());

  CHECK(begun.listener->heard() == 3);
  CHECK(
      methods(seen(*subject)) ==
      json{"notifications/initialized", "resources/list", "resources/templates/list"}
  );
}

TEST_CASE("stdio: a cancelled call is told to the server, and never answered") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);
  const Begun slow = begin(*subject, request("slow"));

  slow.call->cancel();
  slow.call->cancel();

  const json told = seen(*subject);
  CHECK(methods(told) == json{"notifications/initialized", "notifications/cancelled"});
  CHECK(told.back()["params"]["reason"] == "cancelled by the client");
}

TEST_CASE("stdio: a watched resource's changes are told, in both generations, also after a restart"
) {
  for (const std::string mode : {"full", "modern"}) {
    CAPTURE(mode);
    Subject subject(fixture(mode));
    subject.wait_for(State::up);
    subject->watch("", "test://a", true);
    subject->watch("", "test://a", true);
    subject->watch("", "test://b", true);
    subject->watch("", "test://b", false);

    CHECK(call_text(*subject, "touch", {{"uri", "test://a"}}) == "touched");
    subject.wait_until([&] { return subject.updated() == std::vector<std::string>{"test://a"}; });
    if (mode == "full") {
      CHECK(
          methods(seen(*subject)) ==
          json{
              "notifications/initialized",
              "resources/list",
              "resources/templates/list",
              "resources/subscribe",
              "resources/subscribe",
              "resources/unsubscribe"}
      );
    }

    CHECK_FALSE(call(*subject, call_params("exit")));
    subject.wait_for(State::failed);
    subject.wait_for(State::up);
    CHECK(call_text(*subject, "touch", {{"uri", "test://c"}}) == "touched");
    subject.wait_until([&] { return subject.updated().size() == 2; });
  }
}
