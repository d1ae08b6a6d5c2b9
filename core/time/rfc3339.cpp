// SPDX-License-Identifier: Apache-2.0
#include "core/time/rfc3339.hpp"

#include <cstdio>

namespace mooring::time {
namespace {

using std::chrono::duration_cast;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::seconds;

std::string print(Timestamp at, bool with_micro) {
  const auto day = floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const auto of_day = floor<microseconds>(at - day);
  const auto whole = duration_cast<seconds>(of_day).count();
  char buffer[64];
  int size = std::snprintf(
      buffer,
      sizeof buffer,
      "%04d-%02u-%02uT%02lld:%02lld:%02lld",
      static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()),
      static_cast<long long>(whole / 3600),
      static_cast<long long>(whole / 60 % 60),
      static_cast<long long>(whole % 60)
  );
  std::string text(buffer, static_cast<std::size_t>(size));
  if (with_micro) {
    size = std::snprintf(
        buffer, sizeof buffer, ".%06lld", static_cast<long long>(of_day.count() % 1'000'000)
    );
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text + "Z";
}

// `count` decimal digits at `position`, or -1.
int digits(std::string_view text, std::size_t position, std::size_t count) {
  int value = 0;
  for (std::size_t i = position; i < position + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<seconds> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") {
    return seconds(0);
  }
  const int hours = digits(text, 1, 2);
  const int minutes = digits(text, 4, 2);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || hours < 0 ||
      hours > 23 || minutes < 0 || minutes > 59) {
    return std::nullopt;
  }
  const seconds offset(hours * 3600 + minutes * 60);
  return text[0] == '+' ? offset : -offset;
}

}  // namespace

std::string print_rfc3339(Timestamp at) {
  return print(at, false);
}

std::string print_rfc3339_micro(Timestamp at) {
  return print(at, true);
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' ||
      (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(
      std::chrono::year(digits(text, 0, 4)),
      std::chrono::month(static_cast<unsigned>(digits(text, 5, 2))),
      std::chrono::day(static_cast<unsigned>(digits(text, 8, 2)))
  );
  const int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  const int year = digits(text, 0, 4);
  if (year < 1678 || year > 2261 || !date.ok() || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60) {
    return std::nullopt;
  }
  std::size_t position = 19;
  long long micro = 0;
  if (text[position] == '.') {
    long long unit = 100'000;
    for (++position; position < text.size() && text[position] >= '0' && text[position] <= '9';
         ++position, unit /= 10) {
      micro += (text[position] - '0') * unit;
    }
    if (position == 20) {
      return std::nullopt;
    }
  }
  const auto offset = parse_offset(text.substr(position));
  if (!offset) {
    return std::nullopt;
  }
  return Timestamp(
      std::chrono::sys_days(date).time_since_epoch() + seconds(hour * 3600 + minute * 60 + second) +
      microseconds(micro) - *offset
  );
}

}  // namespace mooring::time
