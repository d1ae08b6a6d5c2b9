// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"

#include "core/log/writer.hpp"
#include "core/text/ascii.hpp"
#include "core/time/rfc3339.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <unistd.h>

namespace mooring::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::atomic<Format> shape{Format::text};

std::string_view word(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

// RFC 8259 section 7; DEL and C1 controls too, since terminals act on them. What is not UTF-8
// (children write what they like) becomes the replacement character, or the line were no JSON.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = text::utf8_length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    const bool c1 = length == 2 && c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0) {
      out += "\uFFFD";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += text[0];
    } else if (c == '\n') {
      out += "\\n";
    } else if (c1) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(text[1]));
    } else if (c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

void append_value(std::string& out, const KeyValue& pair) {
  if (const auto* text = std::get_if<std::string_view>(&pair.value)) {
    out += '"';
    append_escaped(out, *text);
    out += '"';
  } else if (const auto* integer = std::get_if<std::int64_t>(&pair.value)) {
    fmt::format_to(std::back_inserter(out), "{}", *integer);
  } else if (const auto* number = std::get_if<double>(&pair.value)) {
    // JSON has no word for infinity and not-a-number.
    const char* mark = std::isfinite(*number) ? "" : "\"";
    fmt::format_to(std::back_inserter(out), "{}{:.6g}{}", mark, *number, mark);
  } else {
    out += std::get<bool>(pair.value) ? "true" : "false";
  }
}

// What a line's values are in the format that is in force.
void append_values(std::string& out, KeyValues values) {
  const bool is_json = shape.load(std::memory_order_relaxed) == Format::json;
  for (const KeyValue& pair : values) {
    out += is_json ? ",\"" : " ";
    append_escaped(out, pair.key);
    out += is_json ? "\":" : "=";
    append_value(out, pair);
  }
}

// The innermost context's, as it stands in each line of this thread. Not a string of its own: lines
// are still written when a thread's objects are gone.
thread_local std::string* context_text = nullptr;

void append_context(std::string& out) {
  if (context_text != nullptr) {
    out += *context_text;
  }
}

std::string json_line(Level level, std::string_view message, KeyValues values) {
  std::string line = R"({"ts":")" + time::print_rfc3339_micro(std::chrono::system_clock::now());
  line += R"(","level":")";
  line += word(level);
  line += R"(","msg":")";
  append_escaped(line, message);
  line += '"';
  append_context(line);
  append_values(line, values);
  return line + "}";
}

std::string text_line(Level level, std::string_view message, KeyValues values) {
  std::string line = time::print_rfc3339(std::chrono::system_clock::now());
  line += fmt::format(" {:5} ", word(level));
  append_escaped(line, message);
  append_context(line);
  append_values(line, values);
  return line;
}

std::string line_of(Level level, std::string_view message, KeyValues values) {
  return shape.load(std::memory_order_relaxed) == Format::json ? json_line(level, message, values)
                                                               : text_line(level, message, values);
}

std::terminate_handler terminate_otherwise = nullptr;

// Never destroyed: threads may still log while the program ends.
Writer& writer() {
  static Writer& made = *[] {
    auto* standard_error = new Writer(STDERR_FILENO, [](std::size_t count) {
      return line_of(Level::warn, "log lines were dropped: nobody read them", {{"count", count}});
    });
    std::atexit(flush);
    terminate_otherwise = std::set_terminate([] {
      flush();
      terminate_otherwise();
    });
    return standard_error;
  }();
  return made;
}

}  // namespace

void configure(Level level, Format format) {
  threshold = level;
  shape = format;
}

bool enabled(Level level) {
  return level >= threshold.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view message, KeyValues values) {
  if (!enabled(level)) {
    return;
  }
  writer().add(line_of(level, message, values));
}

Context::Context(KeyValues values) : outer_(context_text) {
  append_context(text_);
  append_values(text_, values);
  context_text = &text_;
}

Context::~Context() {
  context_text = outer_;
}

void Context::add(KeyValues values) {
  if (context_text != nullptr) {
    append_values(*context_text, values);
  }
}

void flush() {
  writer().flush(std::chrono::seconds(1));
}

Level parse_level(std::string_view word) {
  if (word == "debug") {
    return Level::debug;
  }
  if (word == "warn") {
    return Level::warn;
  }
  return word == "error" ? Level::error : Level::info;
}

Format parse_format(std::string_view word) {
  return word == "text" ? Format::text : Format::json;
}

}  // namespace mooring::log
