// SPDX-License-Identifier: Apache-2.0
#include "server/events/sse.hpp"

#include "core/text/ascii.hpp"

#include <array>
#include <charconv>

namespace mooring::events {
namespace {

constexpr std::size_t stream_digits = 16;

template <class T>
bool read_whole(std::string_view text, T& value, int base) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  return error == std::errc{} && stop == end;
}

void append_data(std::string& out, std::string_view data) {
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) {
      return;
    }
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

}  // namespace

std::string print(EventId id) {
  std::array<char, stream_digits> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), id.stream, 16).ptr;
  const auto size = static_cast<std::size_t>(end - digits.data());
  std::string text(stream_digits - size, '0');
  return text.append(digits.data(), size).append("-").append(std::to_string(id.number));
}

Result<EventId> parse_event_id(std::string_view text) {
  EventId id;
  const bool is_read = text.size() > stream_digits && text[stream_digits] == '-' &&
                       read_whole(text.substr(0, stream_digits), id.stream, 16) &&
                       read_whole(text.substr(stream_digits + 1), id.number, 10);
  if (!is_read || print(id) != text) {
    return fail(
        Errc::invalid,
        "Last-Event-ID is " + text::quoted(text) +
            ", must be the id of an event that this server has sent; without one a new stream "
            "begins"
    );
  }
  return id;
}

std::string frame(
    std::string_view id, std::string_view data, std::optional<std::chrono::milliseconds> retry
) {
  std::string made;
  made.reserve(data.size() + 96);
  if (!data.empty()) {
    made += "event: message\n";
  }
  if (!id.empty()) {
    made.append("id: ").append(id).append("\n");
  }
  if (retry) {
    made.append("retry: ").append(std::to_string(retry->count())).append("\n");
  }
  append_data(made, data);
  return made += '\n';
}

std::string priming(EventId id, std::optional<std::chrono::milliseconds> retry) {
  return frame(print(id), "", retry);
}

}  // namespace mooring::events
