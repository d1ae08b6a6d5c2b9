// SPDX-License-Identifier: Apache-2.0
#include "server/child/stderr_reader.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

struct Heard {
  std::size_t lines = 0;
  std::size_t left_out = 0;
  std::string last;
};

// A command's whole life: it writes this and ends.
Heard hear(const std::string& text, const std::map<std::string, std::string>& env = {}) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  std::thread command([fd = ends[1], &text] {
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t size = write(fd, text.data() + at, text.size() - at);
      at = size > 0 ? at + static_cast<std::size_t>(size) : text.size();
    }
    close(fd);
  });
  asio::io_context context;
  Heard heard;
  const auto reader = child::StderrReader::start(
      context,
      child::Fd(ends[0]),
      child::Mask(env),
      {[&](std::string_view) { ++heard.lines; },
       [&](std::size_t count) { heard.left_out += count; }}
  );
  context.run();
  command.join();
  heard.last = reader->last();
  return heard;
}

}  // namespace

TEST_CASE("stderr: a flood is passed on in part, and what was left out is counted") {
  constexpr std::size_t many = 100'000;
  std::string text;
  for (std::size_t i = 0; i < many; ++i) {
    text += "y\n";
  }

  const Heard heard = hear(text + "the end\n");

  CHECK(heard.lines >= 200);
  CHECK(heard.lines < many / 2);
  CHECK(heard.lines + heard.left_out == many + 1);
  CHECK(heard.last == "the end");
}

TEST_CASE("stderr: what is no flood is passed on whole") {
  const Heard heard = hear("one\n\ntwo\nthree");

  CHECK(heard.lines == 3);
  CHECK(heard.left_out == 0);
  CHECK(heard.last == "three");
}

TEST_CASE("stderr: the last words hold no value of the command's environment, not even half of one"
) {
  const std::string secret(300, 's');

  CHECK(hear("token " + secret + " refused\n", {{"TOKEN", secret}}).last == "token *** refused");
  CHECK(
      hear(std::string(400, '-') + secret + "\n", {{"TOKEN", secret}}).last ==
      std::string(400, '-') + "***"
  );
}

TEST_CASE("ration: a burst, then so many a second") {
  child::Ration ration;
  const child::Ration::Clock::time_point start = child::Ration::Clock::now();
  int taken = 0;
  while (ration.take(start)) {
    ++taken;
  }
  CHECK(taken == 200);
  CHECK_FALSE(ration.take(start + 10ms));
  CHECK(ration.take(start + 30ms));
  taken = 0;
  while (ration.take(start + 1030ms)) {
    ++taken;
  }
  CHECK(taken == 50);
}
