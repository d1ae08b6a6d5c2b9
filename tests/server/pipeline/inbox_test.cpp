// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/inbox.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

using Numbers = pipeline::Inbox<int>;

asio::awaitable<void> take(Numbers& inbox, std::size_t count, std::vector<int>& taken) {
  while (taken.size() < count) {
    if (const auto number = co_await inbox.next(60s)) {
      taken.push_back(*number);
    }
  }
}

asio::awaitable<void> take_nothing(Numbers& inbox, bool& was_nothing) {
  was_nothing = !co_await inbox.next(1ms);
}

}  // namespace

TEST_CASE("inbox: what several threads put in is taken whole, and each thread's in its order") {
  constexpr int each = 5'000;
  asio::io_context context{1};
  const auto inbox = std::make_shared<Numbers>(context.get_executor());
  std::vector<int> taken;
  asio::co_spawn(context, take(*inbox, 4 * each, taken), asio::detached);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&inbox, thread] {
      for (int i = 0; i < each; ++i) {
        inbox->put(thread * each + i);
      }
    });
  }
  context.run();
  for (std::thread& thread : threads) {
    thread.join();
  }

  REQUIRE(taken.size() == 4 * each);
  std::vector<int> next = {0, each, 2 * each, 3 * each};
  bool in_order = true;
  for (const int number : taken) {
    in_order = in_order && number == next[static_cast<std::size_t>(number / each)]++;
  }
  CHECK(in_order);
  CHECK(inbox->size() == 0);
}

TEST_CASE("inbox: whose patience is over goes on with nothing") {
  asio::io_context context{1};
  const auto inbox = std::make_shared<Numbers>(context.get_executor());
  bool was_nothing = false;
  asio::co_spawn(context, take_nothing(*inbox, was_nothing), asio::detached);
  context.run();

  CHECK(was_nothing);
}

TEST_CASE("inbox: what comes after the last look is there for the next") {
  asio::io_context context{1};
  const auto inbox = std::make_shared<Numbers>(context.get_executor());
  inbox->put(7);
  CHECK(inbox->size() == 1);
  std::vector<int> taken;
  asio::co_spawn(context, take(*inbox, 1, taken), asio::detached);
  context.run();

  CHECK(taken == std::vector<int>{7});
}

TEST_CASE("inbox: what waits is known in bytes") {
  asio::io_context context{1};
  const auto inbox = std::make_shared<Numbers>(context.get_executor());
  inbox->put(1, 100);
  inbox->put(2);
  inbox->put(3, 50);
  CHECK(inbox->bytes() == 150);
  std::vector<int> taken;
  asio::co_spawn(context, take(*inbox, 2, taken), asio::detached);
  context.run();

  CHECK(inbox->bytes() == 50);
}

TEST_CASE("inbox: an alarm that was rung for what is taken already ends no later wait") {
  asio::io_context context{1};
  const auto inbox = std::make_shared<Numbers>(context.get_executor());
  std::vector<int> taken;
  bool waits = false;
  bool was_early = false;
  asio::co_spawn(
      context,
      [](Numbers& numbers, std::vector<int>& into, bool& is_waiting, bool& early
      ) -> asio::awaitable<void> {
        is_waiting = true;
        // The alarm goes off by itself, and what was put in meanwhile rings it once more.
        const auto first = co_await numbers.next(1ms);
        into.push_back(first.value_or(0));
        const auto began = std::chrono::steady_clock::now();
        const auto second = co_await numbers.next(200ms);
        early = !second && std::chrono::steady_clock::now() - began < 200ms;
      }(*inbox, taken, waits, was_early),
      asio::detached
  );
  // No further than that: the alarm, which may be due by now, is not to be heard yet.
  while (!waits) {
    context.run_one();
  }
  const auto due = std::chrono::steady_clock::now() + 2ms;
  while (std::chrono::steady_clock::now() < due) {
  }
  inbox->put(7);
  context.run();

  CHECK(taken == std::vector<int>{7});
  CHECK_FALSE(was_early);
}
