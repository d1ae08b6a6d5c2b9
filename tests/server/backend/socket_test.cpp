// SPDX-License-Identifier: Apache-2.0
#include "server/bridge/bridge.hpp"
#include "server/child/fd.hpp"
#include "tests/server/backend/stdio_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/processes.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/wait.h>

using namespace mooring;
using namespace mooring::tests;
using backend::State;

namespace {

struct Directory {
  std::string path;

  Directory() {
    char name[] = "/tmp/mooring-socket-XXXXXX";
    path = mkdtemp(name);
  }

  ~Directory() { std::filesystem::remove_all(path); }

  std::string socket() const { return path + "/notes.sock"; }
};

// A bridge in a process of its own, ended by a signal; it can be told to begin later.
class Bridge {
 public:
  Bridge(const std::string& socket, const std::vector<std::string>& command) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    begin_ = child::Fd(ends[1]);
    const child::Fd told(ends[0]);
    REQUIRE(fcntl(told.get(), F_SETFD, 0) == 0);
    pid_ = begin_this_test_anew(
        "socket: the bridge of the other tests",
        {"MOORING_TEST_BRIDGE=" + json{socket, command}.dump(),
         "MOORING_TEST_PIPE=" + std::to_string(told.get())}
    );
  }

  ~Bridge() { end(SIGTERM); }

  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  void begin() { REQUIRE(write(begin_.get(), "!", 1) == 1); }

  void end(int signal) {
    if (const pid_t pid = std::exchange(pid_, 0); pid != 0) {
      kill(pid, signal);
      waitpid(pid, nullptr, 0);
    }
  }

 private:
  child::Fd begin_;
  pid_t pid_ = 0;
};

backend::StdioOptions socket_options(const Directory& directory) {
  backend::StdioOptions options;
  options.name = "notes";
  options.source = settings::StdioSocket{directory.socket(), {}};
  return options;
}

}  // namespace

TEST_CASE("socket: the bridge of the other tests") {
  const char* bridge = std::getenv("MOORING_TEST_BRIDGE");
  if (bridge == nullptr) {
    return;  // only as the process of a Bridge
  }
  const json what = json::parse(bridge);
  dup2(open("/dev/null", O_WRONLY), 2);
  char go = 0;
  const bool is_told = read(std::stoi(std::getenv("MOORING_TEST_PIPE")), &go, 1) == 1;
  _exit(is_told ? bridge::run(what[0], what[1]) : 0);
}

TEST_CASE("socket: a server behind a bridge is like a child of one's own") {
  const Directory directory;
  Bridge bridge(directory.socket(), {child_program, "modern"});
  bridge.begin();
  Subject subject(socket_options(directory));
  subject.wait_for(State::up);

  CHECK(subject->generation() == era::Generation::modern);
  CHECK(call_text(*subject, "echo", {{"a", 1}}) == R"({"a":1})");
}

TEST_CASE("socket: how the command behind the bridge has ended is told as by the bridge") {
  const Directory directory;
  Bridge bridge(directory.socket(), {child_program, "legacy"});
  bridge.begin();
  Subject subject(socket_options(directory));
  subject.wait_for(State::up);

  const auto answer = call(*subject, call_params("exit"));

  REQUIRE_FALSE(answer.has_value());
  CHECK(
      answer.error().message ==
      "backend \"notes\" ended during the call: command exited with status 7: dying as told"
  );
  subject.wait_until([&] { return subject->status() == backend::Status{State::up, true, ""}; });
}

TEST_CASE("socket: a command that the bridge cannot start is told as by the bridge") {
  const Directory directory;
  Bridge bridge(directory.socket(), {"no-such-program"});
  bridge.begin();
  Subject subject(socket_options(directory));
  const std::string why = "command cannot be started: \"no-such-program\": No such file";

  subject.wait_until([&] { return subject->status().message.starts_with(why); });

  CHECK(subject->status().state != State::up);
}

TEST_CASE("socket: without its bridge the backend waits, and says for what") {
  const Directory directory;
  Bridge bridge(directory.socket(), {child_program, "legacy"});
  Subject subject(socket_options(directory));
  CHECK(
      subject.wait_for(State::failed).message ==
      "socket \"" + directory.socket() +
          "\": No such file or directory; its bridge is not running (yet)"
  );

  bridge.begin();

  subject.wait_for(State::up);
  CHECK(call_text(*subject, "echo") == "{}");
}

TEST_CASE("socket: a bridge that is killed and comes back brings the backend back") {
  const Directory directory;
  Bridge first(directory.socket(), {child_program, "legacy"});
  Bridge second(directory.socket(), {child_program, "legacy"});
  first.begin();
  Subject subject(socket_options(directory));
  subject.wait_for(State::up);

  first.end(SIGKILL);
  subject.wait_for(State::failed);
  second.begin();

  subject.wait_for(State::up);
  CHECK(call_text(*subject, "echo") == "{}");
}

TEST_CASE("socket: each session has a connection, and so a command, of its own") {
  const Directory directory;
  Bridge bridge(directory.socket(), {child_program, "legacy"});
  bridge.begin();
  auto options = socket_options(directory);
  options.instances = {settings::Instances::Mode::per_session, 2, 10min};
  Subject subject(options);
  subject.wait_for(State::up);

  std::set<std::string> pids;
  for (const std::string_view session : {"", "one", "two", "one"}) {
    backend::CallRequest request{"tools/call", call_params("pid")};
    request.session = session;
    const auto answer = begin(*subject, std::move(request)).listener->answer();
    REQUIRE(answer);
    pids.insert(json::parse(answer->raw)["content"][0]["text"]);
  }

  CHECK(pids.size() == 3);
  CHECK(subject.metric("mooring_backend_instances") == 3);
  subject->end_session("one");
  subject->end_session("two");
  CHECK(eventually([&] { return subject.metric("mooring_backend_instances") == 1; }));
}
