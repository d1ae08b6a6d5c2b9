// SPDX-License-Identifier: Apache-2.0
#include "server/bridge/bridge.hpp"

#include "core/text/encoding.hpp"
#include "server/child/fd.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/processes.hpp"
#include "tests/support/tree.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>

using namespace mooring;
using child::Fd;
using nlohmann::json;
using tests::eventually;
using tests::has_ended;

namespace {

const std::string child_program = tests::in_build("tests/fixtures/stdio/stdio_child").string();

Fd connect_to(const std::string& path) {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  return socket;
}

// A bridge in a process of its own.
class Bridge {
 public:
  explicit Bridge(
      const std::vector<std::string>& command,
      bool leave_stale_socket = false,
      std::size_t connections = bridge::most_connections
  ) {
    char name[] = "/tmp/mooring-bridge-XXXXXX";
    directory_ = mkdtemp(name);
    socket_ = directory_ + "/s.sock";
    if (leave_stale_socket) {
      Fd stale(::socket(AF_UNIX, SOCK_STREAM, 0));
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      socket_.copy(address.sun_path, sizeof address.sun_path - 1);
      REQUIRE(bind(stale.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    }
    pid_ = fork();
    if (pid_ == 0) {
      const int null = open("/dev/null", O_WRONLY);
      dup2(null, 2);
      _exit(bridge::run(socket_, command, connections));
    }
    REQUIRE(eventually([this] { return static_cast<bool>(connect_quietly()); }));
  }

  ~Bridge() {
    if (pid_ != 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    std::filesystem::remove_all(directory_);
  }

  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  const std::string& socket() const { return socket_; }

  Fd connect() const {
    Fd connected = connect_to(socket_);
    REQUIRE(static_cast<bool>(connected));
    return connected;
  }

  int terminate() {
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  // Without starting a command: only the name is looked at until it is there.
  bool connect_quietly() const {
    struct stat there {};

    return stat(socket_.c_str(), &there) == 0 && (there.st_mode & 0777) == 0600 && listens();
  }

  // State 01 with flag 00010000 in /proc/net/unix: listening.
  bool listens() const {
    std::ifstream table("/proc/net/unix");
    std::string line;
    while (std::getline(table, line)) {
      if (line.ends_with(" " + socket_) && line.find(" 00010000 ") != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  std::string directory_;
  std::string socket_;
  pid_t pid_ = 0;
};

void send_line(const Fd& socket, const std::string& line) {
  const std::string bytes = line + "\n";
  REQUIRE(
      send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(bytes.size())
  );
}

// Up to the end of the stream, or to a line break if asked for one line.
std::string receive(const Fd& socket, bool one_line = false) {
  std::string all;
  char c = 0;
  while (recv(socket.get(), &c, 1, 0) == 1) {
    if (one_line && c == '\n') {
      return all;
    }
    all += c;
  }
  return all;
}

json call(const Fd& socket, const std::string& tool) {
  send_line(
      socket,
      json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "tools/call"}, {"params", {{"name", tool}}}}
          .dump()
  );
  return json::parse(receive(socket, true));
}

// Of the child and of what it has started at this call.
std::pair<pid_t, pid_t> pids_of(const Fd& socket, const std::string& tool) {
  const std::string pids = call(socket, tool)["result"]["content"][0]["text"];
  return {std::stoi(pids), std::stoi(pids.substr(pids.find(' ')))};
}

json last_line(const std::string& stream) {
  const auto end = stream.find_last_not_of('\n');
  const auto begin = stream.rfind('\n', end);
  return json::parse(stream.substr(begin == std::string::npos ? 0 : begin + 1, end - begin));
}

}  // namespace

TEST_CASE("bridge: each connection is a child of its own, bytes go as they are") {
  Bridge bridge({"cat"});
  const Fd first = bridge.connect();
  const Fd second = bridge.connect();

  send_line(first, std::string("a\0\xff\r", 4));
  send_line(second, "b");

  CHECK(receive(first, true) == std::string("a\0\xff\r", 4));
  CHECK(receive(second, true) == "b");
}

TEST_CASE("bridge: who has finished writing still gets all that is left to read") {
  Bridge bridge({"sh", "-c", "sha256sum; yes | head -c 1000000"});
  const Fd socket = bridge.connect();
  send_line(socket, "text");
  shutdown(socket.get(), SHUT_WR);

  const std::string all = receive(socket);

  CHECK(all.starts_with(text::sha256_hex("text\n")));
  CHECK(all.size() > 1'000'000);
  CHECK(last_line(all)["params"]["message"] == "command exited with status 0");
}

TEST_CASE("bridge: megabytes both ways at once do not lock up") {
  Bridge bridge({"cat"});
  const Fd socket = bridge.connect();
  const std::string block(1 << 16, 'x');
  std::thread writer([&] {
    for (int i = 0; i < 256; ++i) {
      for (std::size_t sent = 0; sent < block.size();) {
        sent += static_cast<std::size_t>(
            send(socket.get(), block.data() + sent, block.size() - sent, MSG_NOSIGNAL)
        );
      }
    }
    shutdown(socket.get(), SHUT_WR);
  });
  std::size_t received = 0;
  char buffer[1 << 16];
  for (ssize_t got = 0; (got = recv(socket.get(), buffer, sizeof buffer, 0)) > 0;) {
    received += static_cast<std::size_t>(std::count(buffer, buffer + got, 'x'));
  }
  writer.join();

  CHECK(received >= (std::size_t{256} << 16));
}

TEST_CASE("bridge: a command that ends says how, and its last words") {
  Bridge bridge({child_program, "exits"});

  const json line = last_line(receive(bridge.connect()));

  CHECK(
      line ==
      json{
          {"jsonrpc", "2.0"},
          {"method", "notifications/mooring/exited"},
          {"params",
           {{"message", "command exited with status 1"}, {"stderr", "cannot find the database"}}}}
  );
}

TEST_CASE("bridge: a command that cannot be started says why") {
  Bridge bridge({"no-such-program"});

  const json line = last_line(receive(bridge.connect()));

  CHECK(line["params"]["message"].get<std::string>().starts_with(
      "command cannot be started: \"no-such-program\": No such file"
  ));
}

TEST_CASE("bridge: the end of a connection ends its child and what that has started, no other") {
  Bridge bridge({child_program});
  const Fd second = bridge.connect();
  for (const std::string tool : {"pids", "daemon"}) {
    CAPTURE(tool);
    Fd first = bridge.connect();
    const auto [leader, member] = pids_of(first, tool);
    REQUIRE_FALSE(has_ended(leader));
    REQUIRE_FALSE(has_ended(member));

    first.reset();

    CHECK(eventually([l = leader, m = member] { return has_ended(l) && has_ended(m); }));
  }
  CHECK(call(second, "echo")["result"]["content"][0]["text"] == "{}");
}

TEST_CASE("bridge: the child's standard input blocks, as programs expect") {
  Bridge bridge({"sh", "-c", "grep flags: /proc/self/fdinfo/0"});

  const std::string flags = receive(bridge.connect(), true);

  CHECK((std::stoul(flags.substr(flags.find(':') + 1), nullptr, 8) & O_NONBLOCK) == 0);
}

TEST_CASE("bridge: a stale socket is replaced, a served one and a file are not") {
  Bridge bridge({"cat"}, true);
  const std::string file = bridge.socket() + ".txt";
  std::ofstream(file) << "precious";

  CHECK(bridge::run(bridge.socket(), {"cat"}) == 3);
  CHECK(bridge::run(file, {"cat"}) == 3);
  CHECK(bridge::run("/no/such/directory/s", {"cat"}) == 3);
  CHECK(bridge::run(std::string(200, 'x'), {"cat"}) == 3);
  CHECK(bridge::run(bridge.socket(), {}) == 2);
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("bridge: a connection too many is told so") {
  Bridge bridge({"cat"}, false, 4);
  std::vector<Fd> open;
  for (int i = 0; i < 4; ++i) {
    open.push_back(bridge.connect());
    send_line(open.back(), "here");
    REQUIRE(receive(open.back(), true) == "here");
  }

  const json line = last_line(receive(bridge.connect()));

  CHECK(line["params"]["message"] == "the bridge has 4 connections already");
  open.pop_back();
  CHECK(eventually([&] {
    const Fd again = bridge.connect();
    send(again.get(), "x\n", 2, MSG_NOSIGNAL);
    std::string line_back = receive(again, true);
    return line_back == "x";
  }));
}

TEST_CASE("bridge: SIGTERM ends all children, removes the socket and is no failure") {
  Bridge bridge({child_program});
  const Fd socket = bridge.connect();
  const std::string pids = call(socket, "pids")["result"]["content"][0]["text"];

  CHECK(bridge.terminate() == 0);

  CHECK(has_ended(std::stoi(pids)));
  CHECK_FALSE(std::filesystem::exists(bridge.socket()));
}

TEST_CASE("bridge: SIGTERM is obeyed at whatever moment a child ends") {
  for (int i = 0; i < 30; ++i) {
    Bridge bridge({"cat"});
    Fd socket = bridge.connect();
    send_line(socket, "here");
    REQUIRE(receive(socket, true) == "here");

    socket.reset();
    // Another moment each time: the signal meets the end of the child at each stage of it.
    const auto moment = std::chrono::steady_clock::now() + std::chrono::microseconds(i * 100);
    while (std::chrono::steady_clock::now() < moment) {
    }
    CHECK(bridge.terminate() == 0);
  }
}

TEST_CASE("bridge: nothing outlives a bridge that was killed") {
  for (const std::string tool : {"pids", "daemon"}) {
    CAPTURE(tool);
    std::pair<pid_t, pid_t> pids;
    {
      Bridge bridge({child_program});
      const Fd socket = bridge.connect();
      pids = pids_of(socket, tool);
    }

    CHECK(eventually([&] { return has_ended(pids.first) && has_ended(pids.second); }));
  }
}
