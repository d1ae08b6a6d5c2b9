// SPDX-License-Identifier: Apache-2.0
#include "tests/server/backend/stdio_fixture.hpp"

#include <thread>

using namespace mooring;
using namespace mooring::tests;

namespace {

struct Caller {
  asio::io_context context{1};
  std::thread::id thread;
  int answered = 0;
  int failed = 0;
  int elsewhere = 0;
};

asio::awaitable<void> call_often(backend::Backend& backend, Caller& caller, int who, int times) {
  for (int i = 0; i < times; ++i) {
    const json arguments = {{"who", who}, {"i", i}};
    backend::CallRequest request{"tools/call", call_params("echo", arguments)};
    const auto answer = co_await backend.call(std::move(request));
    caller.elsewhere += std::this_thread::get_id() == caller.thread ? 0 : 1;
    const bool good = answer && json::parse(answer->raw)["content"][0]["text"] == arguments.dump();
    ++(good ? caller.answered : caller.failed);
  }
}

}  // namespace

TEST_CASE("stdio: calls of several threads are answered each on its own, and to whom they belong") {
  Subject subject(fixture("legacy"));
  subject.wait_for(backend::State::up);
  std::array<Caller, 4> callers;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < callers.size(); ++i) {
    threads.emplace_back([&, i] {
      Caller& caller = callers[i];
      caller.thread = std::this_thread::get_id();
      for (int chain = 0; chain < 8; ++chain) {
        const int who = static_cast<int>(i) * 100 + chain;
        asio::co_spawn(caller.context, call_often(*subject, caller, who, 50), asio::detached);
      }
      caller.context.run();
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }

  for (const Caller& caller : callers) {
    CHECK(caller.answered == 400);
    CHECK(caller.failed == 0);
    CHECK(caller.elsewhere == 0);
  }
}

TEST_CASE("stdio: a stop in the middle of calls fails them, and answers each") {
  Subject subject(fixture("legacy"));
  subject.wait_for(backend::State::up);
  Caller caller;
  for (int chain = 0; chain < 50; ++chain) {
    asio::co_spawn(caller.context, call_often(*subject, caller, chain, 20), asio::detached);
  }
  std::thread thread([&] {
    caller.thread = std::this_thread::get_id();
    caller.context.run();
  });
  call_text(*subject, "echo");

  subject->stop();
  thread.join();

  CHECK(caller.answered + caller.failed == 1000);
  CHECK(caller.elsewhere == 0);
}
