// SPDX-License-Identifier: Apache-2.0
#include "server/events/board.hpp"

#include "tests/support/random.hpp"
#include "tests/support/stream_reader.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::events;
using namespace std::chrono_literals;

namespace {

const Board::Time t0{};

std::vector<std::string> texts(const std::vector<Frame>& frames) {
  tests::StreamReader reader;
  for (const Frame& frame : frames) {
    reader.read(*frame);
  }
  std::vector<std::string> made;
  for (const auto& event : reader.events) {
    made.push_back(event.data);
  }
  return made;
}

using Texts = std::vector<std::string>;

bool is_kept(Board& board, EventId place, const std::string& owner, Board::Time now = t0) {
  return board.replay(place, owner, now).has_value();
}

}  // namespace

TEST_CASE("event board: a stream is resumed by its owner alone") {
  Board board({}, 100);
  const EventId mine = board.open("me", t0);
  const EventId yours = board.open("you", t0);
  board.append(mine.stream, "a", t0);
  board.append(yours.stream, "b", t0);
  board.append(mine.stream, "c", t0);

  const auto replayed = board.replay({mine.stream, 1}, "me", t0);
  const auto refused = board.replay({mine.stream, 1}, "you", t0);
  const auto unknown = board.replay({7, 1}, "me", t0);

  CHECK(mine == EventId{100, 0});
  REQUIRE(replayed);
  CHECK(texts(replayed->frames) == Texts{"c"});
  CHECK_FALSE(replayed->is_done);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::not_found);
  CHECK(
      refused.error().message ==
      "this session has no stream with the event 0000000000000064-1 that can be resumed (any "
      "more); without Last-Event-ID a new stream begins"
  );
  CHECK_FALSE(unknown);
}

TEST_CASE("event board: a stream that is done is replayed to its end, for as long as it is kept") {
  Board board({}, 1);
  const EventId place = board.open("me", t0);
  board.append(place.stream, "answer", t0);
  board.finish(place.stream, t0);

  const auto replayed = board.replay(place, "me", t0 + 299s);

  REQUIRE(replayed);
  CHECK(texts(replayed->frames) == Texts{"answer"});
  CHECK(replayed->is_done);
  CHECK(is_kept(board, place, "me", t0 + 500s));
  CHECK_FALSE(is_kept(board, place, "me", t0 + 900s));
  CHECK(board.streams() == 0);
  CHECK(board.bytes() == 0);
}

TEST_CASE("event board: room is made by what is done, then by what is idle for longest") {
  BoardLimits limits;
  limits.streams = 3;
  Board board(limits, 1);
  const EventId first = board.open("me", t0), second = board.open("me", t0),
                third = board.open("me", t0);
  board.append(first.stream, "a", t0);
  board.finish(third.stream, t0);

  const EventId fourth = board.open("me", t0);
  CHECK_FALSE(is_kept(board, third, "me"));
  const EventId fifth = board.open("me", t0);

  CHECK_FALSE(is_kept(board, second, "me"));
  CHECK(is_kept(board, first, "me"));
  CHECK(is_kept(board, fourth, "me"));
  CHECK(is_kept(board, fifth, "me"));
}

TEST_CASE("event board: a stream whose history was given up goes on without ids") {
  BoardLimits limits;
  limits.streams = 1;
  Board board(limits, 1);
  const EventId first = board.open("me", t0);
  board.open("me", t0);

  CHECK(*board.append(first.stream, "a", t0) == frame("", "a"));
  board.finish(first.stream, t0);
  CHECK(board.streams() == 1);
}

TEST_CASE("event board: an owner who is no more is forgotten with all streams") {
  Board board({}, 1);
  const EventId mine = board.open("me", t0), done = board.open("me", t0),
                yours = board.open("you", t0);
  board.append(mine.stream, "a", t0);
  board.append(done.stream, "b", t0);
  board.finish(done.stream, t0);

  board.forget("me");

  CHECK(board.streams() == 1);
  CHECK(board.bytes() == 0);
  CHECK(is_kept(board, yours, "you"));
}

TEST_CASE("event board: an event larger than all room is sent, but not kept") {
  BoardLimits limits;
  limits.bytes = 1000;
  Board board(limits, 1);
  const EventId place = board.open("me", t0);

  CHECK(board.append(place.stream, std::string(5000, 'x'), t0)->size() > 5000);
  CHECK(board.bytes() == 0);
  CHECK_FALSE(is_kept(board, place, "me"));
}

TEST_CASE("event board: wherever a stream is cut, the rest comes exactly once, or it is told gone"
) {
  int resumed = 0;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    tests::Random random(seed);
    BoardLimits limits;
    limits.stream = {1 + random.below(20), 2000};
    limits.streams = 1 + random.below(6);
    limits.bytes = 6000;
    Board board(limits, seed << 40);
    std::vector<std::pair<EventId, Texts>> sent;
    Board::Time now = t0;
    for (int step = 0; step < 400; ++step) {
      now += std::chrono::seconds(random.below(20));
      if (sent.empty() || random.one_in(30)) {
        sent.emplace_back(board.open("me", now), Texts{});
      }
      auto& [place, events] = sent[random.below(sent.size())];
      if (random.one_in(40)) {
        board.finish(place.stream, now);
      }
      const std::string data = std::to_string(step) + std::string(random.below(300), 'x');
      if (board.append(place.stream, data, now)->find("\nid: ") != std::string::npos) {
        events.push_back(data);
      }
      CHECK(board.bytes() <= limits.bytes);
      CHECK(board.streams() <= limits.streams);

      const auto& [cut, all] = sent[random.below(sent.size())];
      const std::size_t had = random.below(all.size() + 1);
      const auto replayed = board.replay({cut.stream, had}, "me", now);
      ++(replayed ? resumed : refused);
      if (replayed) {
        REQUIRE(texts(replayed->frames) == Texts(all.begin() + static_cast<long>(had), all.end()));
      } else {
        const Errc code = replayed.error().code;
        REQUIRE((code == Errc::gone || code == Errc::not_found));
      }
    }
  }
  CHECK(resumed > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("event board: who holds the most loses its history first, nobody else's is touched") {
  BoardLimits limits;
  limits.bytes = 10'000;
  Board board(limits, 1);
  const EventId small = board.open("me", t0), large = board.open("you", t0),
                done = board.open("you", t0);
  board.append(small.stream, "a", t0);
  board.append(done.stream, std::string(4'000, 'd'), t0);
  board.finish(done.stream, t0);
  board.append(large.stream, std::string(3'000, 'x'), t0);
  board.append(large.stream, std::string(9'000, 'x'), t0);

  CHECK(is_kept(board, small, "me"));
  CHECK(is_kept(board, done, "you"));
  CHECK(board.streams() == 3);
  const auto lost = board.replay(large, "you", t0);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Errc::gone);
  CHECK(is_kept(board, {large.stream, 2}, "you"));
}

TEST_CASE("event board: what is done and holds the most is dropped whole") {
  BoardLimits limits;
  limits.bytes = 10'000;
  Board board(limits, 1);
  const EventId done = board.open("me", t0), going = board.open("me", t0);
  board.append(done.stream, std::string(6'000, 'd'), t0);
  board.finish(done.stream, t0);
  board.append(going.stream, std::string(5'000, 'x'), t0);

  CHECK_FALSE(is_kept(board, done, "me"));
  CHECK(is_kept(board, going, "me"));
  CHECK(board.streams() == 1);
}
