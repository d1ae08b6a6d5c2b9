// SPDX-License-Identifier: Apache-2.0
#include "tests/server/backend/stdio_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/processes.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/wait.h>

using namespace mooring;
using namespace mooring::tests;
using backend::State;

namespace {

// Of the server and of what it has started at this call.
std::pair<pid_t, pid_t> pids_of(backend::Backend& backend, const std::string& tool) {
  std::istringstream text(call_text(backend, tool));
  std::pair<pid_t, pid_t> pids;
  text >> pids.first >> pids.second;
  return pids;
}

}  // namespace

TEST_CASE("stdio: a legacy server is found out, its tools are listed, calls are answered") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  CHECK(subject->generation() == era::Generation::legacy);
  CHECK(subject->status() == backend::Status{State::up, true, ""});
  REQUIRE(subject->offers()->tools.size() == 2);
  CHECK(json::parse(subject->offers()->tools.front())["name"] == "echo");
  CHECK(
      call_text(*subject, "echo", {{"a", "ü\n\""}, {"b", nullptr}}) == R"({"a":"ü\n\"","b":null})"
  );
  CHECK(subject.metric("mcp_backend_up") == 1);
}

TEST_CASE("stdio: a modern server is found out by server/discover") {
  Subject subject(fixture("modern"));
  subject.wait_for(State::up);

  CHECK(subject->generation() == era::Generation::modern);
  CHECK(call_text(*subject, "echo") == "{}");
}

TEST_CASE("stdio: a server that lets server/discover lie is asked to initialize") {
  auto options = fixture("silent-on-discover");
  options.start_timeout = 30s;
  Subject subject(options);
  subject.wait_for(State::up);

  CHECK(subject->generation() == era::Generation::legacy);
  CHECK(call_text(*subject, "echo") == "{}");
}

TEST_CASE("stdio: a modern server that is slow to start is not taken for an older one") {
  char folder[] = "/tmp/mooring-slow-XXXXXX";
  const std::string started = std::string(mkdtemp(folder)) + "/started";
  auto options = command({child_program, "modern", started});
  options.start_timeout = 30s;
  Subject subject(options);
  subject.wait_for(State::up);

  CHECK(subject->generation() == era::Generation::modern);
  CHECK(call_text(*subject, "echo") == "{}");
  CHECK(std::filesystem::remove(started));  // it was asked to initialize, and is started anew
  std::filesystem::remove(folder);
}

TEST_CASE("stdio: a server that is stopped while it is started again stays stopped") {
  char folder[] = "/tmp/mooring-slow-XXXXXX";
  const std::string started = std::string(mkdtemp(folder)) + "/started";
  {
    auto options = command({child_program, "modern", started});
    options.start_timeout = 30s;
    const Subject subject(options);
    REQUIRE(eventually([&] { return std::filesystem::exists(started); }));
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("stdio: a server that ends on server/discover is not asked that again") {
  Subject subject(fixture("exits-on-discover"));
  CHECK(
      subject.wait_for(State::failed).message == "command exited with status 3: expected initialize"
  );

  subject.wait_for(State::up);
  CHECK(subject->generation() == era::Generation::legacy);
  CHECK(subject.metric("mcp_backend_restarts_total") == 1);
}

TEST_CASE("stdio: line breaks that a client put between tokens do not break the line") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  const auto answer = call(*subject, "{\"name\":\"echo\",\r\n\"arguments\":\n{\"a\":1}}");

  REQUIRE(answer.has_value());
  CHECK(json::parse(answer->raw)["content"][0]["text"] == R"({"a":1})");
}

TEST_CASE("stdio: a JSON-RPC error is an answer") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  const auto answer = call(*subject, call_params("error"));

  REQUIRE(answer.has_value());
  CHECK(answer->is_error);
  CHECK(json::parse(answer->raw) == json{{"code", -32000}, {"message", "no such thing"}});
}

TEST_CASE("stdio: why a server cannot be started, or does not stay, is said") {
  struct Case {
    std::vector<std::string> argv;
    std::string_view message;
  };

  const Case cases[] = {
      {{"no-such-program"},
       "command cannot be started: \"no-such-program\": No such file or directory (neither a path"},
      {{"/etc/passwd"}, "command cannot be started: \"/etc/passwd\": Permission denied"},
      {{child_program, "exits"}, "command exited with status 1: cannot find the database"},
      {{"/bin/sh", "-c", "kill -9 $$"}, "command was ended by signal 9 (SIGKILL)"},
      {{"/bin/sh", "-c", "echo not found >&2; exit 127"},
       "command exited with status 127: not found"},
      {{child_program, "refuses"}, "refused initialize: no licence"},
      {{child_program, "malformed"},
       "refused initialize: backend \"notes\" answered with what is no JSON-RPC response: a "
       "message"},
      {{"cat"}, "sends back what it is sent: it is no MCP server"},
      {{child_program, "ancient"}, "speaks MCP version \"2023-01-01\", which"},
      {{child_program, "endless-list"}, "lists more than 10,000 tools"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.message);
    Subject subject(command(c.argv));
    const std::string message = subject.wait_for(State::failed).message;
    CAPTURE(message);
    CHECK(message.starts_with(c.message));
    const auto answer = call(*subject, call_params("echo"));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == Errc::unavailable);
    CHECK(answer.error().message.starts_with("backend \"notes\" is "));
  }
}

TEST_CASE("stdio: a server that never answers is given up after its start time-out") {
  auto options = fixture("mute");
  options.start_timeout = 1s;
  Subject subject(options);

  CHECK(
      subject.wait_for(State::failed).message ==
      "did not answer its first requests within 1s (stdio.startTimeout)"
  );
}

TEST_CASE("stdio: an end fails the calls under way with the reason, and the server comes back") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  const auto answer = call(*subject, call_params("exit"));

  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == Errc::unavailable);
  CHECK(
      answer.error().message ==
      "backend \"notes\" ended during the call: command exited with status 7: dying as told"
  );
  subject.wait_until([&] { return subject->status() == backend::Status{State::up, true, ""}; });
  CHECK(call_text(*subject, "echo") == "{}");
  CHECK(subject.metric("mcp_backend_restarts_total") == 1);
}

TEST_CASE("stdio: a server that closes its output is ended and started again") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  const auto answer = call(*subject, call_params("close"));

  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().message.ends_with("command closed its standard output"));
  subject.wait_until([&] { return subject->status().message.empty(); });
}

TEST_CASE("stdio: a line without end is not kept") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  const auto answer = call(*subject, call_params("huge"));

  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().message.ends_with("wrote a line of more than 64 MiB"));
  subject.wait_until([&] { return subject->status().message.empty(); });
}

TEST_CASE("stdio: lines that are no messages are counted and left") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  CHECK(call_text(*subject, "garbage") == "after garbage");
  CHECK(call_text(*subject, "twice") == "once");
  CHECK(call_text(*subject, "talk") == "done");
  CHECK(call_text(*subject, "echo") == "{}");

  CHECK(subject.metric("mcp_backend_lines_ignored_total", "invalid") == 4);
  CHECK(subject.metric("mcp_backend_lines_ignored_total", "unknown_id") == 2);
  CHECK(subject.metric("mcp_backend_lines_ignored_total", "unrelated") == 2);
}

TEST_CASE("stdio: a reply that is none fails its call at once, and no other") {
  struct Case {
    std::string how;
    std::string_view why;
  };

  const Case cases[] = {
      {"both", "a message needs a \"method\", or exactly one of"},
      {"neither", "a message needs a \"method\", or exactly one of"},
      {"version", "\"jsonrpc\" must be \"2.0\""},
      {"error", "\"error\" must be an object"},
      {"batch", "message 0: \"jsonrpc\" must be \"2.0\""},
  };
  auto options = fixture("legacy");
  options.timeout = 10min;
  Subject subject(options);
  subject.wait_for(State::up);

  for (const Case& c : cases) {
    CAPTURE(c.how);
    const auto answer = call(*subject, call_params("malformed", {{"how", c.how}}));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == Errc::invalid);
    CHECK(answer.error().message.starts_with(
        "backend \"notes\" answered with what is no JSON-RPC response: " + std::string(c.why)
    ));
  }
  CHECK(call_text(*subject, "echo") == "{}");
}

TEST_CASE("stdio: what the server asks is answered: ping, and nothing else") {
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);

  const std::string both = call_text(*subject, "ask");

  CHECK(both.find(R"("id":"q1","error":{"code":-32601)") != std::string::npos);
  CHECK(both.find(R"("id":2,"result":{})") != std::string::npos);
}

TEST_CASE("stdio: tools that keep changing are listed once a second") {
  const auto began = std::chrono::steady_clock::now();
  Subject subject(fixture("restless"));
  subject.wait_for(State::up);

  CHECK(eventually([&] { return std::stoi(call_text(*subject, "lists")) >= 4; }));

  CHECK(std::chrono::steady_clock::now() - began >= 3s);
}

TEST_CASE("stdio: a call without answer ends at its deadline, others are not held up") {
  auto options = fixture("legacy");
  options.timeout = 3s;
  Subject subject(options);
  subject.wait_for(State::up);

  const Begun slow = begin(*subject, call_params("slow"));
  const Begun quick = begin(*subject, call_params("echo"));

  CHECK(quick.listener->answer().has_value());
  const auto late = slow.listener->answer();
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == Errc::timeout);
  CHECK(late.error().message == "backend \"notes\" did not answer within 3s");
}

TEST_CASE("stdio: more than 1024 calls at a time are refused, those under way go on") {
  auto options = fixture("legacy");
  options.timeout = 5s;
  Subject subject(options);
  subject.wait_for(State::up);
  std::vector<Begun> calls;
  for (int i = 0; i < 1030; ++i) {
    calls.push_back(begin(*subject, call_params("slow")));
  }

  std::size_t busy = 0;
  std::size_t late = 0;
  for (const Begun& begun : calls) {
    const auto answer = begun.listener->answer();
    REQUIRE_FALSE(answer);
    busy += answer.error().code == Errc::too_many ? 1 : 0;
    late += answer.error().code == Errc::timeout ? 1 : 0;
  }
  CHECK(busy == 6);
  CHECK(late == 1024);
  CHECK(call_text(*subject, "echo") == "{}");
}

TEST_CASE("stdio: the command has its directory and its variables") {
  auto options = fixture("legacy");
  auto& source = std::get<settings::StdioCommand>(options.source);
  source.directory = "/usr/share";
  source.env = {{"FIXTURE", "a=b c"}};
  Subject subject(options);
  subject.wait_for(State::up);

  CHECK(call_text(*subject, "where") == "/usr/share a=b c");
}

TEST_CASE("stdio: a directory that is not there is named") {
  auto options = fixture("legacy");
  std::get<settings::StdioCommand>(options.source).directory = "/no/such";
  Subject subject(options);

  CHECK(
      subject.wait_for(State::failed).message ==
      "command cannot be started: directory \"/no/such\": No such file or directory"
  );
}

TEST_CASE("stdio: a stop leaves nothing, in the process group or out of it") {
  for (const std::string tool : {"pids", "daemon"}) {
    CAPTURE(tool);
    std::pair<pid_t, pid_t> pids;
    {
      Subject subject(fixture("legacy"));
      subject.wait_for(State::up);
      pids = pids_of(*subject, tool);
      REQUIRE_FALSE(has_ended(pids.first));
      REQUIRE_FALSE(has_ended(pids.second));
    }

    CHECK(has_ended(pids.first));
    CHECK(has_ended(pids.second));
  }
}

TEST_CASE("stdio: a server that will not end is killed") {
  pid_t pid = 0;
  {
    Subject subject(fixture("stubborn"));
    subject.wait_for(State::up);
    pid = std::stoi(call_text(*subject, "pid"));
  }

  CHECK(has_ended(pid));
}

TEST_CASE("stdio: nothing outlives a program that was killed") {
  // The program: this test case, begun anew. Threads do not outlive a fork.
  if (const char* pipe = std::getenv("MOORING_TEST_PIPE")) {
    Subject subject(fixture("legacy"));
    subject.wait_for(State::up);
    const auto pids = pids_of(*subject, std::getenv("MOORING_TEST_TOOL"));
    [[maybe_unused]] const auto written = write(std::stoi(pipe), &pids, sizeof pids);
    pause();
  }
  for (const std::string tool : {"pids", "daemon"}) {
    CAPTURE(tool);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t program = begin_this_test_anew(
        "stdio: nothing outlives a program*",
        {"MOORING_TEST_PIPE=" + std::to_string(ends[1]), "MOORING_TEST_TOOL=" + tool}
    );
    close(ends[1]);
    std::pair<pid_t, pid_t> pids;
    REQUIRE(read(ends[0], &pids, sizeof pids) == sizeof pids);
    close(ends[0]);
    kill(program, SIGKILL);
    waitpid(program, nullptr, 0);

    CHECK(eventually([&] { return has_ended(pids.first) && has_ended(pids.second); }));
  }
}

TEST_CASE("stdio: a child has none of our descriptors") {
  std::ifstream held("/etc/passwd");
  Subject subject(fixture("legacy"));
  subject.wait_for(State::up);
  const std::string pid = call_text(*subject, "pid");

  std::size_t open = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/" + pid + "/fd")) {
    ++open;
  }
  CHECK(open == 3);
}
