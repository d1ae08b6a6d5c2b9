// SPDX-License-Identifier: Apache-2.0
#include "core/log/writer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fcntl.h>
#include <functional>
#include <unistd.h>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

// A pipe that nobody reads until the test does.
class Pipe {
 public:
  Pipe() { REQUIRE(pipe2(ends_.data(), O_CLOEXEC) == 0); }

  // The writer's thread, which nobody ends, is left its end.
  ~Pipe() { close(ends_[0]); }

  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int writing_end() const { return ends_[1]; }

  // All up to and with `last`, which ends a line.
  std::string read_through(const std::string& last) {
    return read_until([&](const std::string& text) { return text.ends_with(last + "\n"); });
  }

  std::string read_until(const std::function<bool(const std::string&)>& is_all) {
    std::string text;
    std::array<char, 65536> bytes;
    while (!is_all(text)) {
      const ssize_t size = read(ends_[0], bytes.data(), bytes.size());
      REQUIRE(size > 0);
      text.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  std::array<int, 2> ends_{};
};

std::string told(std::size_t count) {
  return std::to_string(count) + " dropped";
}

struct Counts {
  std::size_t kept = 0;
  std::size_t dropped = 0;
};

// Of the whole lines: those that are `line`, and those that others tell of in their place.
Counts counts_of(std::string_view text, std::string_view line) {
  Counts found;
  for (std::size_t end = 0; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
    const std::string_view one = text.substr(0, end);
    found.kept += one == line ? 1 : 0;
    found.dropped += one.ends_with(" dropped") ? std::stoul(std::string(one)) : 0;
  }
  return found;
}

}  // namespace

TEST_CASE("log writer: nobody waits for a reader who does not read, and he is told what he missed"
) {
  Pipe pipe;
  auto& writer = *new log::Writer(pipe.writing_end(), told);
  const std::string line(1023, 'x');
  writer.add("first");
  constexpr std::size_t many = 4 * log::Writer::room / 1024;

  for (std::size_t i = 0; i < many; ++i) {
    writer.add(line);
  }
  CHECK_FALSE(writer.flush(10ms));

  // Told once or twice: its thread may come to it in the middle of the flood.
  Counts counts;
  const std::string text = pipe.read_until([&](const std::string& so_far) {
    counts = counts_of(so_far, line);
    return counts.kept + counts.dropped >= many;
  });
  CHECK(text.starts_with("first\n" + line + "\n"));
  CHECK(counts.kept + counts.dropped == many);
  CHECK(counts.kept >= log::Writer::room / 1024 - 1);
  CHECK(counts.kept < 3 * log::Writer::room / 1024);

  writer.add("after");
  CHECK(writer.flush(30s));
  CHECK(pipe.read_through("after") == "after\n");
}

TEST_CASE("log writer: a descriptor that somebody has made non-blocking loses nothing") {
  Pipe pipe;
  REQUIRE(fcntl(pipe.writing_end(), F_SETFL, O_NONBLOCK) == 0);
  auto& writer = *new log::Writer(pipe.writing_end(), told);
  const std::string line(1023, 'x');

  for (int i = 0; i < 500; ++i) {
    writer.add(line);
  }
  writer.add("last");

  CHECK(pipe.read_through("last").size() == 500 * 1024 + 5);
}
