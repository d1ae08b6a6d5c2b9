// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

/// Lines for people and machines: a constant message and keys with values. Thread-safe. To standard
/// error, from a thread of its own: nobody waits for whoever reads it, and what he leaves unread
/// beyond a mebibyte is dropped and counted.
namespace mooring::log {

enum class Level { debug, info, warn, error };
enum class Format { json, text };

struct KeyValue {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  KeyValue(std::string_view k, std::string_view v) : key(k), value(v) {}

  KeyValue(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}

  KeyValue(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}

  KeyValue(std::string_view k, bool v) : key(k), value(v) {}

  KeyValue(std::string_view k, double v) : key(k), value(v) {}

  KeyValue(std::string_view k, std::integral auto v)
      : key(k), value(static_cast<std::int64_t>(v)) {}
};

using KeyValues = std::initializer_list<KeyValue>;

/// What is below `level` is dropped. JSON lines have `ts` (RFC 3339), `level`, `msg` and the keys
/// as members; text ones are `time level message key=value`. Control characters of values are
/// escaped in both. Before the first call: info, text.
void configure(Level level, Format format);

bool enabled(Level level);
void write(Level level, std::string_view message, KeyValues values);

/// What every line of this thread has besides its own values, after the message: as long as it
/// lives, and inside one another. Not for coroutines, which go on in other threads.
class Context {
 public:
  explicit Context(KeyValues values);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// To the innermost of this thread, once more is known; nothing where there is none.
  static void add(KeyValues values);

 private:
  std::string text_;  ///< with what the outer ones have
  std::string* const outer_;
};

/// Waits until what was logged before is written, a second at most: before the program says
/// something there by other means. Its end does it by itself.
void flush();

inline void debug(std::string_view message, KeyValues values = {}) {
  write(Level::debug, message, values);
}

inline void info(std::string_view message, KeyValues values = {}) {
  write(Level::info, message, values);
}

inline void warn(std::string_view message, KeyValues values = {}) {
  write(Level::warn, message, values);
}

inline void error(std::string_view message, KeyValues values = {}) {
  write(Level::error, message, values);
}

/// `debug`, `info`, `warn`, `error`; `json`, `text`. Unknown words give the default (info, json):
/// check them before.
Level parse_level(std::string_view word);
Format parse_format(std::string_view word);

}  // namespace mooring::log
