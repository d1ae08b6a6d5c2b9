// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"

#include "core/text/ascii.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fcntl.h>
#include <limits>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace mooring;
using nlohmann::json;

namespace {

// Standard error into a file of its own for as long as it lives.
class Captured {
 public:
  Captured() : saved_(dup(STDERR_FILENO)), file_(std::tmpfile()) {
    dup2(fileno(file_), STDERR_FILENO);
  }

  ~Captured() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    std::fclose(file_);
  }

  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::vector<std::string> lines() {
    log::flush();
    std::rewind(file_);
    std::string text;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
      text += static_cast<char>(c);
    }
    std::vector<std::string> found;
    for (const std::string_view line : text::split(text, '\n')) {
      found.emplace_back(line);
    }
    REQUIRE(found.back().empty());
    found.pop_back();
    return found;
  }

 private:
  int saved_;
  std::FILE* file_;
};

std::vector<std::string> logged(log::Level level, log::Format format, void (*write)()) {
  Captured captured;
  log::configure(level, format);
  write();
  return captured.lines();
}

}  // namespace

TEST_CASE("log: a JSON line has time, level, message and the values by their types") {
  const auto lines = logged(log::Level::info, log::Format::json, [] {
    log::info("started", {{"port", 3232}, {"ready", true}, {"share", 0.25}, {"name", "weather"}});
  });

  REQUIRE(lines.size() == 1);
  const json line = json::parse(lines[0]);
  CHECK(line["level"] == "info");
  CHECK(line["msg"] == "started");
  CHECK(line["port"] == 3232);
  CHECK(line["ready"] == true);
  CHECK(line["share"] == 0.25);
  CHECK(line["name"] == "weather");
  CHECK(
      line["ts"].get<std::string>().size() == std::string_view("2026-11-22T17:35:40.000000Z").size()
  );
}

TEST_CASE("log: whatever a value holds, a JSON line is one line of JSON") {
  static const std::vector<std::string> values{
      "a\nb",
      "\"quoted\\",
      "\x1b[31mred",
      std::string("nul\0", 4),
      "\xff\xfe",
      "cut \xE6\x97",
      "\u0085c1",
      "\xC2\"",
      "{}{0}%n",
      "日本",
      "\x7f"};
  const auto lines = logged(log::Level::info, log::Format::json, [] {
    for (const std::string& value : values) {
      log::warn("line", {{"value", value}});
    }
    log::warn("number", {{"value", std::numeric_limits<double>::infinity()}});
  });

  REQUIRE(lines.size() == values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(lines[i]);
    const json line = json::parse(lines[i], nullptr, false);
    REQUIRE_FALSE(line.is_discarded());
    CHECK(lines[i].find_first_of("\x1b\x7f") == std::string::npos);
    if (text::is_utf8(values[i])) {
      CHECK(line["value"] == values[i]);
    }
  }
  CHECK(json::parse(lines.back())["value"] == "inf");
}

TEST_CASE("log: a text line reads in order and stays one line") {
  const auto lines = logged(log::Level::info, log::Format::text, [] {
    log::error("cannot listen", {{"address", "0.0.0.0:80\nforged"}, {"attempt", 2}});
  });

  REQUIRE(lines.size() == 1);
  CHECK(lines[0].substr(20) == " error cannot listen address=\"0.0.0.0:80\\nforged\" attempt=2");
}

TEST_CASE("log: a context is in each line of its thread, before the line's own values") {
  const auto lines = logged(log::Level::info, log::Format::json, [] {
    log::Context::add({{"nobody", "s"}});
    log::info("before");
    {
      const log::Context outer({{"name", "weather\n"}});
      {
        const log::Context inner({{"id", 7}});
        log::Context::add({{"generation", 2}});
        log::info("inside", {{"kind", "Service"}});
        std::thread([] { log::info("elsewhere"); }).join();
      }
      log::info("outside");
    }
    log::info("after");
  });

  REQUIRE(lines.size() == 5);
  const auto values = [&](std::size_t i) { return lines[i].substr(lines[i].find(R"(,"msg")")); };
  CHECK(values(0) == R"(,"msg":"before"})");
  CHECK(
      values(1) == R"(,"msg":"inside","name":"weather\n","id":7,"generation":2,"kind":"Service"})"
  );
  CHECK(values(2) == R"(,"msg":"elsewhere"})");
  CHECK(values(3) == R"(,"msg":"outside","name":"weather\n"})");
  CHECK(values(4) == R"(,"msg":"after"})");
}

TEST_CASE("log: what is below the level is dropped") {
  const auto lines = logged(log::Level::warn, log::Format::text, [] {
    log::debug("no");
    log::info("no");
    log::warn("yes");
    log::error("yes");
  });

  CHECK(lines.size() == 2);
  CHECK_FALSE(log::enabled(log::Level::info));
  CHECK(log::enabled(log::Level::error));
}

TEST_CASE("log: lines of several threads do not mix") {
  const auto lines = logged(log::Level::info, log::Format::json, [] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([t] {
        for (int i = 0; i < 200; ++i) {
          log::info("line", {{"thread", t}, {"filler", std::string(100, 'x')}});
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  });

  CHECK(lines.size() == 800);
  for (const std::string& line : lines) {
    CHECK_FALSE(json::parse(line, nullptr, false).is_discarded());
  }
}

TEST_CASE("log: the words of levels and formats") {
  CHECK(log::parse_level("debug") == log::Level::debug);
  CHECK(log::parse_level("warn") == log::Level::warn);
  CHECK(log::parse_level("error") == log::Level::error);
  CHECK(log::parse_level("other") == log::Level::info);
  CHECK(log::parse_format("text") == log::Format::text);
  CHECK(log::parse_format("other") == log::Format::json);
}
