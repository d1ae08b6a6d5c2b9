// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/peers.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::pipeline;
using namespace std::chrono_literals;

namespace {

using Found = std::vector<hop::Replica>;

const hop::Replica self{"10.0.0.1", 3232, 7};
const hop::Replica other{"10.0.0.2", 3232, 0};

// A resolver that answers when the test lets it.
struct Neighbourhood {
  explicit Neighbourhood(PeerLimits limits)
      : peers({self, {{"replicas", 3232}}}, limits, [this](auto, auto port, auto) {
          return look_up(port);
        }) {}

  asio::awaitable<std::vector<asio::ip::tcp::endpoint>> look_up(unsigned short port) {
    ++look_ups;
    error_code woken;
    co_await answered.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (is_broken) {
      throw std::bad_alloc();
    }
    std::vector<asio::ip::tcp::endpoint> found;
    for (const hop::Replica& each : {self, other}) {
      found.emplace_back(asio::ip::make_address(each.address), port);
    }
    co_return found;
  }

  void ask(std::string also = "") {
    asio::co_spawn(context, peers.find(std::move(also)), [this](std::exception_ptr, Found found) {
      replies.push_back(std::move(found));
    });
  }

  void run() {
    context.run();
    context.restart();
  }

  asio::io_context context{1};
  asio::steady_timer answered{context, std::chrono::steady_clock::time_point::max()};
  int look_ups = 0;
  bool is_broken = false;
  std::vector<Found> replies;
  Peers peers;
};

}  // namespace

TEST_CASE("peers: all who ask meanwhile wait for one look-up, and who asks soon needs none") {
  Neighbourhood town({60s, 1h});
  town.ask();
  town.ask();
  town.context.poll();
  town.ask();
  town.context.poll();
  CHECK(town.look_ups == 1);
  CHECK(town.replies.empty());

  town.answered.expires_at(std::chrono::steady_clock::time_point::min());
  town.run();
  town.ask();
  town.run();

  CHECK(town.look_ups == 1);
  CHECK(town.replies == std::vector<Found>(4, {other}));
}

TEST_CASE("peers: an answer that is old is asked for anew") {
  Neighbourhood town({60s, 0ms});
  town.answered.expires_at(std::chrono::steady_clock::time_point::min());
  town.ask();
  town.run();
  town.ask();
  town.run();

  CHECK(town.look_ups == 2);
  CHECK(town.replies == std::vector<Found>(2, {other}));
}

TEST_CASE("peers: who has waited long enough goes on with what is known, and no look-up is added") {
  Neighbourhood town({0ms, 0ms});
  const hop::Replica owner{"10.0.0.3", 3232, 5};
  for (std::size_t asked = 1; asked <= 3; ++asked) {
    town.ask(hop::encode(owner));
    while (town.replies.size() < asked) {
      REQUIRE(town.context.run_one_for(20s) > 0);
    }
  }

  CHECK(town.look_ups == 1);
  CHECK(town.replies == std::vector<Found>(3, {{"10.0.0.3", 3232, 0}}));
  town.answered.cancel();
  town.run();
}

TEST_CASE("peers: a look-up that fails is not the last one") {
  Neighbourhood town({0ms, 1h});
  town.is_broken = true;
  town.answered.expires_at(std::chrono::steady_clock::time_point::min());
  town.ask();
  town.run();
  CHECK(town.replies == std::vector<Found>(1));

  town.is_broken = false;
  town.ask();
  town.run();
  town.ask();
  town.run();

  CHECK(town.look_ups == 2);
  CHECK(town.replies.back() == Found{other});
}
