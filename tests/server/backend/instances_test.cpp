// SPDX-License-Identifier: Apache-2.0
#include "tests/server/backend/stdio_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/processes.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace mooring;
using namespace mooring::tests;
using backend::State;
using Mode = settings::Instances::Mode;

namespace {

backend::StdioOptions per_session(const std::string& mode, unsigned max = 16) {
  backend::StdioOptions options = fixture(mode);
  options.instances = {Mode::per_session, max, 10min};
  return options;
}

backend::CallRequest of(
    std::string_view session, const std::string& tool, const json& arguments = json::object()
) {
  backend::CallRequest request{"tools/call", call_params(tool, arguments)};
  request.session = session;
  return request;
}

Result<backend::Answer> call_of(
    backend::Backend& backend, std::string_view session, const std::string& tool
) {
  return begin(backend, of(session, tool)).listener->answer();
}

std::string text_of(const Result<backend::Answer>& answer) {
  const std::string problem = answer ? "" : answer.error().message;
  CAPTURE(problem);
  REQUIRE(answer.has_value());
  return json::parse(answer->raw)["content"][0]["text"];
}

// The process that answers this session, or those without one.
pid_t pid_of(backend::Backend& backend, std::string_view session) {
  return std::stoi(text_of(call_of(backend, session, "pid")));
}

}  // namespace

TEST_CASE("instances: each session has a process of its own, who has none shares one") {
  for (const std::string mode : {"legacy", "modern"}) {
    CAPTURE(mode);
    Subject subject(per_session(mode));
    CHECK(subject->keeps_sessions());
    subject.wait_for(State::up);
    CHECK(subject.metric("mooring_backend_instances") == 1);

    const pid_t shared = pid_of(*subject, "");
    const pid_t first = pid_of(*subject, "one");
    const pid_t second = pid_of(*subject, "two");

    CHECK(first != shared);
    CHECK(second != shared);
    CHECK(first != second);
    CHECK(pid_of(*subject, "one") == first);
    CHECK(pid_of(*subject, "") == shared);
    CHECK(subject.metric("mooring_backend_instances") == 3);
    CHECK(subject.metric("mooring_backend_starts_total") == 3);
    CHECK(subject.metric("mcp_backend_restarts_total") == 0);
  }
}

TEST_CASE("instances: calls that begin together start one process") {
  Subject subject(per_session("legacy"));
  subject.wait_for(State::up);
  std::vector<Begun> calls;
  for (int i = 0; i < 50; ++i) {
    calls.push_back(begin(*subject, of("one", "pid")));
  }

  std::set<std::string> pids;
  for (const Begun& begun : calls) {
    pids.insert(text_of(begun.listener->answer()));
  }
  CHECK(pids.size() == 1);
  CHECK(subject.metric("mooring_backend_starts_total") == 2);
}

TEST_CASE("instances: a session too many is refused by name, until another ends") {
  Subject subject(per_session("legacy", 1));
  subject.wait_for(State::up);
  const pid_t first = pid_of(*subject, "one");

  const auto refused = call_of(*subject, "two", "pid");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::too_many);
  CHECK(
      refused.error().message ==
      "backend \"notes\" has 1 sessions at a time, as many as stdio.instances.max allows; try "
      "again later"
  );
  CHECK(pid_of(*subject, "") != first);

  subject->end_session("nobody");
  subject->end_session("one");
  CHECK(pid_of(*subject, "two") != first);
  CHECK(eventually([&] { return has_ended(first); }));
  CHECK(eventually([&] { return subject.metric("mooring_backend_instances") == 2; }));
}

TEST_CASE("instances: a session's process that is not called ends, and begins anew") {
  auto options = per_session("legacy");
  options.instances.idle_timeout = 100ms;
  Subject subject(options);
  subject.wait_for(State::up);
  const pid_t shared = pid_of(*subject, "");
  const pid_t first = pid_of(*subject, "one");
  const Begun slow = begin(*subject, of("two", "slow"));

  CHECK(eventually([&] { return has_ended(first); }));
  CHECK(eventually([&] { return subject.metric("mooring_backend_instances") == 2; }));
  CHECK(pid_of(*subject, "one") != first);
  CHECK(pid_of(*subject, "") == shared);
  slow.call->cancel();
}

TEST_CASE("instances: the end of one session's process is no other's") {
  Subject subject(per_session("legacy"));
  subject.wait_for(State::up);
  const pid_t other = pid_of(*subject, "two");
  const pid_t first = pid_of(*subject, "one");

  const auto answer = call_of(*subject, "one", "exit");
  REQUIRE_FALSE(answer);
  CHECK(
      answer.error().message ==
      "this session's process of backend \"notes\" ended during the call: command exited with "
      "status 7: dying as told"
  );
  CHECK(subject->status() == backend::Status{State::up, true, ""});
  CHECK(pid_of(*subject, "two") == other);

  // Refused at once for a moment, then started by a call.
  CHECK(eventually([&] {
    const auto again = call_of(*subject, "one", "pid");
    return again && std::stoi(text_of(again)) != first;
  }));
}

TEST_CASE("instances: a question is of its session, whoever else is at work") {
  Subject subject(per_session("legacy"));
  subject.wait_for(State::up);
  const Begun slow = begin(*subject, of("two", "slow"));
  backend::CallRequest asking = of("one", "wonder");
  asking.can_be_asked = true;
  const Begun begun = begin(*subject, std::move(asking));

  const backend::Event event = begun.listener->next();
  REQUIRE(std::holds_alternative<backend::Question>(event));
  begun.call->reply(std::get<backend::Question>(event).id, {false, R"({"roots":[]})"});
  CHECK(begun.listener->answer());
  slow.call->cancel();
}

TEST_CASE("instances: one that nobody calls sleeps, keeps its lists, and is woken by a call") {
  for (const std::string mode : {"full", "modern"}) {
    CAPTURE(mode);
    auto options = fixture(mode);
    options.instances.idle_timeout = 200ms;
    Subject subject(options);
    subject.wait_for(State::up);
    CHECK_FALSE(subject->keeps_sessions());

    subject.wait_for(State::idle);
    CHECK(subject.metric("mcp_backend_up") == 1);
    CHECK(subject.metric("mcp_backend_list_age_seconds") == 0);
    CHECK(subject->offers()->tools.size() == 2);
    CHECK(subject->status().was_up);
    CHECK(eventually([&] { return subject.metric("mooring_backend_instances") == 0; }));

    CHECK(call_text(*subject, "echo") == "{}");
    CHECK(subject.metric("mooring_backend_starts_total") == 2);
    CHECK(subject.metric("mcp_backend_restarts_total") == 0);
  }
}

TEST_CASE("instances: a call that comes while one falls asleep is not lost") {
  auto options = fixture("legacy");
  options.instances.idle_timeout = 1ms;
  Subject subject(options);
  subject.wait_for(State::up);
  for (int i = 0; i < 30; ++i) {
    CHECK(call_text(*subject, "echo") == "{}");
  }
}

TEST_CASE("instances: who cannot be woken fails the calls that wait, and the next at once") {
  char directory[] = "/tmp/mooring-asleep-XXXXXX";
  const std::string program = std::string(mkdtemp(directory)) + "/child";
  std::filesystem::copy_file(child_program, program);
  auto options = command({program, "legacy"});
  options.instances.idle_timeout = 50ms;
  Subject subject(options);
  subject.wait_for(State::up);
  subject.wait_for(State::idle);
  std::filesystem::remove_all(directory);

  const auto answer = call(*subject, call_params("echo"));
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(answer.error().message.starts_with("backend \"notes\" is down: command cannot be started"));
  CHECK_FALSE(call(*subject, call_params("echo")));
}

TEST_CASE("instances: a call that is given up before its process is up is not sent") {
  auto options = per_session("silent-on-discover");
  options.start_timeout = 10s;
  Subject subject(options);
  subject.wait_for(State::up);
  const Begun given_up = begin(*subject, of("one", "exit"));
  given_up.call->cancel();
  CHECK(text_of(call_of(*subject, "one", "echo")) == "{}");
}

TEST_CASE("instances: a watched resource keeps its server awake") {
  auto options = fixture("full");
  options.instances.idle_timeout = 20ms;
  Subject subject(options);
  subject->watch("", "test://a", true);
  subject.wait_for(State::up);
  CHECK(call_text(*subject, "touch", {{"uri", "test://a"}}) == "touched");
  subject.wait_until([&] { return subject.updated().size() == 1; });
  CHECK(subject.metric("mooring_backend_starts_total") == 1);

  subject->watch("", "test://a", false);
  subject.wait_for(State::idle);
}

TEST_CASE("instances: what a session watches is watched in its own process, which stays awake") {
  auto options = per_session("full");
  options.instances.idle_timeout = 20ms;
  Subject subject(options);
  subject.wait_for(State::up);
  subject->watch("one", "test://a", true);
  subject->watch("two", "test://a", true);
  const json touch = {{"uri", "test://a"}};
  CHECK(text_of(begin(*subject, of("one", "touch", touch)).listener->answer()) == "touched");
  subject.wait_until([&] { return subject.updated() == std::vector<std::string>{"one test://a"}; });
  CHECK(eventually([&] { return subject.metric("mooring_backend_starts_total") == 3; }));

  subject->watch("one", "test://a", false);
  subject->watch("two", "test://a", false);
  CHECK(eventually([&] { return subject.metric("mooring_backend_instances") == 1; }));
}

TEST_CASE("instances: a process whose resources are watched is started again without a call") {
  Subject subject(per_session("full"));
  subject.wait_for(State::up);
  subject->watch("one", "test://a", true);
  CHECK(eventually([&] { return subject.metric("mooring_backend_starts_total") == 2; }));

  CHECK_FALSE(call_of(*subject, "one", "exit"));
  CHECK(eventually([&] { return subject.metric("mooring_backend_starts_total") == 3; }));
  const json touch = {{"uri", "test://a"}};
  CHECK(text_of(begin(*subject, of("one", "touch", touch)).listener->answer()) == "touched");
  subject.wait_until([&] { return !subject.updated().empty(); });
}

TEST_CASE("instances: who watches before its process can be made is heard from its first call on") {
  Subject subject(per_session("full", 1));
  subject.wait_for(State::up);
  const pid_t first = pid_of(*subject, "one");
  subject->watch("two", "test://a", true);
  CHECK_FALSE(call_of(*subject, "two", "echo"));
  subject->end_session("one");
  const json touch = {{"uri", "test://a"}};
  CHECK(text_of(begin(*subject, of("two", "touch", touch)).listener->answer()) == "touched");
  subject.wait_until([&] { return subject.updated() == std::vector<std::string>{"two test://a"}; });
  CHECK(pid_of(*subject, "two") != first);
}

// The other half of the next test, in a program of its own: says which processes it has, and ends
// or waits to be killed.
static void be_the_program(const std::string& pipe, bool is_to_be_killed) {
  {
    Subject subject(per_session("legacy"));
    subject.wait_for(State::up);
    const pid_t pids[] = {pid_of(*subject, ""), pid_of(*subject, "1"), pid_of(*subject, "2")};
    [[maybe_unused]] const auto written = write(std::stoi(pipe), pids, sizeof pids);
    if (is_to_be_killed) {
      pause();
    }
  }
  _exit(0);
}

TEST_CASE("instances: nothing of any session outlives a stop, or a program that was killed") {
  if (const char* pipe = std::getenv("MOORING_TEST_PIPE")) {
    be_the_program(pipe, std::getenv("MOORING_TEST_IS_KILLED") != nullptr);
  }
  for (const bool is_killed : {false, true}) {
    CAPTURE(is_killed);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t program = begin_this_test_anew(
        "instances: nothing of any session*",
        {"MOORING_TEST_PIPE=" + std::to_string(ends[1]),
         is_killed ? "MOORING_TEST_IS_KILLED=1" : "MOORING_TEST_ENDS=1"}
    );
    close(ends[1]);
    pid_t pids[3] = {};
    REQUIRE(read(ends[0], pids, sizeof pids) == sizeof pids);
    close(ends[0]);
    if (is_killed) {
      kill(program, SIGKILL);
    }
    waitpid(program, nullptr, 0);
    for (const pid_t pid : pids) {
      CHECK(eventually([&] { return has_ended(pid); }));
    }
  }
}
