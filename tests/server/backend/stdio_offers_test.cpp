// SPDX-License-Identifier: Apache-2.0
#include "tests/server/backend/stdio_fixture.hpp"

#include <filesystem>

using namespace mooring;
using namespace mooring::tests;
using backend::State;

TEST_CASE("stdio: tools come from all pages") {
  Subject subject(fixture("paged"));
  subject.wait_for(State::up);

  REQUIRE(subject->offers()->tools.size() == 2);
  CHECK(json::parse(subject->offers()->tools.back())["name"] == "second of a\"b");
}

TEST_CASE("stdio: a server without tools is up") {
  Subject subject(fixture("no-tools"));
  subject.wait_for(State::up);

  CHECK(subject->offers()->tools.empty());
}

TEST_CASE("stdio: tools that change are listed anew") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  CHECK(call_text(*subject, "change") == "changed");

  subject.wait_until([&] { return subject->offers()->tools.size() == 3; });
  CHECK(json::parse(subject->offers()->tools.back())["name"] == "new");
}

TEST_CASE("stdio: a server is asked for all that it declares, in both generations") {
  for (const std::string mode : {"full", "modern"}) {
    CAPTURE(mode);
    Subject subject(fixture(mode));
    subject.wait_for(State::up);
    const auto offers = subject->offers();

    CHECK(offers->capabilities == catalogue::Capabilities{true, true, true, true, true, true});
    CHECK(offers->instructions == "Be kind.");
    CHECK(offers->tools.size() == 2);
    CHECK(offers->resources == std::vector<std::string>{R"({"name":"a","uri":"test://a"})"});
    CHECK(
        offers->templates == std::vector<std::string>{R"({"name":"t","uriTemplate":"test://{id}"})"}
    );
    CHECK(offers->prompts == std::vector<std::string>{R"({"name":"greet"})"});
  }
}

TEST_CASE("stdio: what a server does not declare is not asked for") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  CHECK(subject->offers()->capabilities == catalogue::Capabilities{.tools = true});
  CHECK(subject->offers()->resources.empty());
}

TEST_CASE("stdio: a list that a server cannot give does not keep the others") {
  Subject subject(fixture("broken-prompts"));
  subject.wait_for(State::up);
  CHECK(subject->offers()->resources.size() == 1);
  CHECK(subject->offers()->prompts.empty());
  CHECK(subject.metric("mcp_backend_list_age_seconds") > 0);

  CHECK(call_text(*subject, "change_others") == "changed");

  subject.wait_until([&] { return subject->offers()->prompts.size() == 1; });
  subject.wait_until([&] { return subject->offers()->resources.size() == 2; });
  CHECK(subject.metric("mcp_backend_list_age_seconds") == 0);
}

TEST_CASE("stdio: a list that does not come keeps no server from coming up") {
  auto options = fixture("hanging-resources");
  options.start_timeout = 2s;
  Subject subject(options);
  subject.wait_for(State::up);

  CHECK(subject->offers()->tools.size() == 2);
  CHECK(subject->offers()->resources.empty());
  CHECK(subject.metric("mcp_backend_list_age_seconds") > 0);
  subject.wait_until([&] { return subject->offers()->prompts.size() == 1; });
}

TEST_CASE("stdio: a list that was not given is asked for again after a while") {
  auto options = fixture("late-prompts");
  options.list_retry = 50ms;
  Subject subject(options);
  subject.wait_for(State::up);

  subject.wait_until([&] { return subject->offers()->prompts.size() == 1; });
  CHECK(subject.metric("mcp_backend_list_age_seconds") == 0);
}

TEST_CASE("stdio: what is known of a server stays while it is down") {
  char directory[] = "/tmp/mooring-offers-XXXXXX";
  const std::string program = std::string(mkdtemp(directory)) + "/child";
  std::filesystem::copy_file(child_program, program);
  Subject subject(command({program, "full"}));
  subject.wait_for(State::up);
  CHECK(subject.metric("mcp_backend_list_age_seconds") == 0);

  std::filesystem::remove_all(directory);  // so it cannot come back
  CHECK_FALSE(call(*subject, call_params("exit")));
  subject.wait_for(State::failed);
  CHECK(subject.metric("mcp_backend_list_age_seconds") > 0);

  CHECK(subject->offers()->tools.size() == 2);
  CHECK(subject->offers()->prompts.size() == 1);
}
