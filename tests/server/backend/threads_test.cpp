// SPDX-License-Identifier: Apache-2.0
#include "tests/server/backend/stdio_fixture.hpp"

#include <thread>

using namespace mooring;
using namespace mooring::tests;

namespace {

struct Tally {
  int answered = 0;
  int failed = 0;
};

// Several calls under way at a time, from one thread.
Tally call_often(backend::Backend& backend, int who, int at_a_time, int times) {
  Tally tally;
  for (int i = 0; i < times; ++i) {
    std::vector<std::pair<std::string, std::shared_ptr<Listener>>> calls;
    for (int j = 0; j < at_a_time; ++j) {
      const json arguments = {{"who", who}, {"i", i}, {"j", j}};
      calls.emplace_back(arguments.dump(), begin(backend, call_params("echo", arguments)).listener);
    }
    for (const auto& [expected, listener] : calls) {
      const auto answer = listener->answer();
      const bool good = answer && json::parse(answer->raw)["content"][0]["text"] == expected;
      ++(good ? tally.answered : tally.failed);
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("stdio: calls of several threads are answered each on its own, and to whom they belong") {
  Subject subject(fixture("legacy"));
  subject.wait_for(backend::State::up);
  std::array<Tally, 4> tallies;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    threads.emplace_back([&, i] { tallies[i] = call_often(*subject, static_cast<int>(i), 8, 50); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }

  for (const Tally& tally : tallies) {
    CHECK(tally.answered == 400);
    CHECK(tally.failed == 0);
  }
}

TEST_CASE("stdio: a stop in the middle of calls fails them, and answers each") {
  Subject subject(fixture("legacy"));
  subject.wait_for(backend::State::up);
  Tally tally;
  std::thread thread([&] { tally = call_often(*subject, 0, 50, 20); });
  call_text(*subject, "echo");

  subject->stop();
  thread.join();

  CHECK(tally.answered + tally.failed == 1000);
}
