// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/hub.hpp"

#include <doctest/doctest.h>

#include <new>

using namespace mooring;
using namespace mooring::pipeline;
using namespace std::chrono_literals;

namespace {

// Writes down what it is asked to watch.
class Watched final : public backend::Backend {
 public:
  const std::string& name() const override { return name_; }

  std::string_view kind() const override { return "watched"; }

  backend::Status status() const override { return {}; }

  std::shared_ptr<const catalogue::Offers> offers() const override { return nullptr; }

  era::Generation generation() const override { return era::Generation::legacy; }

  std::shared_ptr<backend::Call> begin(
      backend::CallRequest /*request*/, std::shared_ptr<backend::Sink> /*sink*/
  ) override {
    return nullptr;
  }

  bool keeps_sessions() const override { return keeps; }

  void watch(const std::string& session, const std::string& uri, bool wanted) override {
    said.push_back(session + (wanted ? "+" : "-") + uri);
  }

  void start(backend::Events /*events*/) override {}

  void stop() override {}

  std::vector<std::string> said;
  bool keeps = false;

 private:
  std::string name_ = "watched";
};

struct HubHouse {
  asio::io_context context{1};
  Watched backend;
  std::vector<backend::Backend*> backends{&backend};
  Streams streams{1};
  Hub hub{streams, backends, 1h};

  std::shared_ptr<Hub::Ears> ears() { return std::make_shared<Hub::Ears>(context.get_executor()); }
};

mcp::Listen filter_of(bool tools, const std::vector<std::string>& uris) {
  mcp::Listen filter;
  filter.id = "1";
  filter.tools = tools;
  for (const std::string& uri : uris) {
    filter.updates.push_back({uri, 0});
  }
  return filter;
}

}  // namespace

TEST_CASE("hub: a listener hears what it asked for, until it goes") {
  HubHouse house;
  const auto ears = house.ears();
  {
    const auto listening = house.hub.listen(filter_of(true, {"a:1"}), ears);
    house.hub.changed(catalogue::Kind::prompts);
    house.hub.changed(catalogue::Kind::templates);
    house.hub.updated(0, "", "a:2");
    CHECK(ears->size() == 0);
    house.hub.changed(catalogue::Kind::tools);
    house.hub.updated(0, "", "a:1");
    CHECK(ears->size() == 2);
  }
  house.hub.changed(catalogue::Kind::tools);

  CHECK(ears->size() == 2);
}

TEST_CASE("hub: a resource is watched as long as somebody wants it, whoever it is") {
  HubHouse house;
  {
    const auto one = house.hub.listen(filter_of(false, {"a:1", "a:2"}), house.ears());
    const auto two = house.hub.listen(filter_of(false, {"a:1"}), house.ears());
    CHECK(house.hub.subscribe("s", 0, "a:1"));
    CHECK(house.hub.subscribe("s", 0, "a:1"));
  }
  CHECK(house.backend.said == std::vector<std::string>{"+a:1", "+a:2", "-a:2"});
  house.hub.unsubscribe("s", 0, "a:1");
  house.hub.unsubscribe("s", 0, "a:1");

  CHECK(house.backend.said.back() == "-a:1");
  CHECK(house.backend.said.size() == 4);
}

TEST_CASE("hub: where each session has a process, it hears of that one alone") {
  HubHouse house;
  house.backend.keeps = true;
  const auto ears = house.ears();
  const auto listening = house.hub.listen(filter_of(false, {"a:1"}), ears);
  const auto stream = house.hub.open_stream("s");
  REQUIRE(stream);
  CHECK(house.hub.subscribe("s", 0, "a:1"));
  CHECK(house.hub.subscribe("t", 0, "a:1"));
  CHECK(house.backend.said == std::vector<std::string>{"+a:1", "s+a:1", "t+a:1"});

  house.hub.updated(0, "t", "a:1");
  house.hub.updated(0, "", "a:1");
  house.hub.updated(0, "s", "a:2");
  CHECK(
      house.streams.append(stream->stream, "first")->find(events::print({stream->stream, 1})) !=
      std::string::npos
  );
  house.hub.updated(0, "s", "a:1");
  CHECK(
      house.streams.append(stream->stream, "third")->find(events::print({stream->stream, 3})) !=
      std::string::npos
  );
  CHECK(ears->size() == 1);

  house.hub.unsubscribe("s", 0, "a:1");
  house.hub.forget("t");
  CHECK(house.backend.said.size() == 5);
  CHECK(house.backend.said[3] == "s-a:1");
  CHECK(house.backend.said[4] == "t-a:1");
}

TEST_CASE("hub: a session that ends watches nothing any more") {
  HubHouse house;
  house.hub.open_stream("s");
  CHECK(house.hub.subscribe("s", 0, "a:1"));
  house.hub.forget("s");
  house.hub.forget("s");

  CHECK(house.backend.said == std::vector<std::string>{"+a:1", "-a:1"});
}

TEST_CASE("hub: what a session may have watched is bounded") {
  HubHouse house;
  for (std::size_t i = 0; i < Hub::most_resources; ++i) {
    REQUIRE(house.hub.subscribe("s", 0, "a:" + std::to_string(i)));
  }

  CHECK_FALSE(house.hub.subscribe("s", 0, "a:one-more"));
  CHECK(house.hub.subscribe("t", 0, "a:one-more"));
}

TEST_CASE("hub: who listens is told of the end, also who comes after it") {
  HubHouse house;
  const auto early = house.ears();
  const auto late = house.ears();
  const auto one = house.hub.listen(filter_of(true, {}), early);
  house.hub.close();
  const auto two = house.hub.listen(filter_of(true, {}), late);

  CHECK(early->size() == 1);
  CHECK(late->size() == 1);
}

TEST_CASE("hub: what all watch together is bounded, and what is refused is not watched") {
  HubHouse house;
  std::vector<std::unique_ptr<Hub::Listening>> listening;
  for (std::size_t i = 0; i < 10; ++i) {
    std::vector<std::string> uris;
    for (std::size_t j = 0; j < 1'000; ++j) {
      uris.push_back("a:" + std::to_string(1'000 * i + j));
    }
    listening.push_back(house.hub.listen(filter_of(false, uris), house.ears()));
    REQUIRE(listening.back());
  }
  const auto before = house.backend.said.size();

  CHECK_FALSE(house.hub.listen(filter_of(false, {"b:1"}), house.ears()));
  CHECK_FALSE(house.hub.subscribe("s", 0, "b:1"));
  CHECK(house.hub.listen(filter_of(true, {}), house.ears()));
  CHECK(house.backend.said.size() == before);
}

TEST_CASE("hub: what is kept for a session goes when nothing has come from it for a while") {
  HubHouse house;
  const auto began = Hub::Clock::now();
  CHECK(house.hub.subscribe("s", 0, "a:1"));
  const auto id = house.hub.open_stream("t");
  REQUIRE(id);
  house.hub.leave_stream("t", id->stream);
  CHECK(house.hub.sessions() == 2);
  house.hub.tend(began + 59min);
  CHECK(house.hub.sessions() == 2);
  house.hub.tend(Hub::Clock::now() + 1h);

  CHECK(house.hub.sessions() == 0);
  CHECK(house.backend.said == std::vector<std::string>{"+a:1", "-a:1"});
  CHECK(house.streams.append(id->stream, "x")->find("id:") == std::string::npos);
}

TEST_CASE("hub: a session whose stream is read is not idle, nor one that has just been used") {
  HubHouse house;
  const auto read = house.hub.open_stream("read");
  const auto left = house.hub.open_stream("left");
  REQUIRE(read);
  REQUIRE(left);
  house.hub.leave_stream("left", left->stream);
  house.hub.return_to_stream(
      "read", read->stream
  );  // before its old connection is known to be dead
  house.hub.leave_stream("read", read->stream);
  CHECK(house.hub.subscribe("used", 0, "a:1"));
  const auto before = Hub::Clock::now();
  house.hub.use("used");
  house.hub.use("read");
  house.hub.use("nobody");
  house.hub.tend(before + 1h - 1ns);
  CHECK(house.backend.said == std::vector<std::string>{"+a:1"});
  house.hub.tend(Hub::Clock::now() + 2h);

  CHECK(house.hub.sessions() == 1);
  CHECK(house.streams.append(read->stream, "x")->find("id:") != std::string::npos);
}

TEST_CASE("hub: where there is no room, who is idle for longest makes it; who reads does not") {
  HubHouse house;
  const auto first = house.hub.open_stream("0");
  REQUIRE(first);
  for (std::size_t i = 1; i < Hub::most_sessions; ++i) {
    REQUIRE(house.hub.open_stream(std::to_string(i)));
  }
  CHECK_FALSE(house.hub.open_stream("one more"));
  CHECK_FALSE(house.hub.subscribe("one more", 0, "a:1"));
  CHECK(house.hub.open_stream("7"));
  house.hub.leave_stream("0", first->stream);
  CHECK(house.hub.open_stream("one more"));

  CHECK(house.hub.sessions() == Hub::most_sessions);
  CHECK_FALSE(house.hub.open_stream("0"));
}

TEST_CASE("hub: a subscription that is refused costs no other session its place") {
  HubHouse house;
  const std::string much = "a:" + std::string(Hub::most_bytes, 'x');
  const auto first = house.hub.open_stream("0");
  REQUIRE(first);
  house.hub.leave_stream("0", first->stream);
  CHECK_FALSE(house.hub.subscribe("greedy", 0, much));
  CHECK(house.hub.sessions() == 1);
  for (std::size_t i = 1; i < Hub::most_sessions; ++i) {
    REQUIRE(house.hub.open_stream(std::to_string(i)));
  }
  CHECK_FALSE(house.hub.subscribe("greedy", 0, much));

  CHECK(house.streams.has(first->stream, "0"));
  CHECK(house.streams.append(first->stream, "x")->find("id:") != std::string::npos);
}

TEST_CASE("hub: who follows a stream leaves it, however its request ends") {
  HubHouse house;
  const auto id = house.hub.open_stream("s");
  REQUIRE(id);
  try {
    const Hub::Following following(house.hub, "s", id->stream);
    house.hub.tend(Hub::Clock::now() + 2h);
    CHECK(house.hub.sessions() == 1);
    throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
    house.hub.tend(Hub::Clock::now() + 2h);
  }

  CHECK(house.hub.sessions() == 0);
}

TEST_CASE("hub: news that a listener does not read are bounded by their size") {
  HubHouse house;
  const std::string uri = "a:" + std::string(100'000, 'x');
  const auto ears = house.ears();
  const auto listening = house.hub.listen(filter_of(true, {uri}), ears);
  for (int i = 0; i < 100; ++i) {
    house.hub.updated(0, "", uri);
  }
  CHECK(ears->size() == 2);
  house.hub.close();

  CHECK(ears->size() == 3);
}

TEST_CASE("hub: what is kept to know who wants what is bounded by its size, and given back") {
  HubHouse house;
  const std::string uri = "a:" + std::string(1 << 20, 'x');
  std::vector<std::unique_ptr<Hub::Listening>> listening;
  for (int i = 0; i < 15; ++i) {
    listening.push_back(house.hub.listen(filter_of(false, {uri}), house.ears()));
    REQUIRE(listening.back());
  }
  CHECK_FALSE(house.hub.listen(filter_of(false, {uri}), house.ears()));
  CHECK_FALSE(house.hub.subscribe("s", 0, uri));
  listening.pop_back();
  CHECK(house.hub.subscribe("s", 0, uri));
  CHECK_FALSE(house.hub.listen(filter_of(false, {uri}), house.ears()));
  house.hub.unsubscribe("s", 0, uri);
  CHECK(house.hub.subscribe("s", 0, uri));
  house.hub.forget("s");

  CHECK(house.hub.listen(filter_of(false, {uri}), house.ears()));
}
