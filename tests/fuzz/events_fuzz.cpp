// SPDX-License-Identifier: Apache-2.0
// Last-Event-ID as a client sends it; an event whose data is anything at all.
#include "server/events/sse.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/stream_reader.hpp"

namespace mooring::fuzz {
namespace {

std::string with_line_feeds(std::string_view data) {
  std::string made;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const bool is_pair = data.substr(i).starts_with("\r\n");
    made += data[i] == '\r' ? '\n' : data[i];
    i += is_pair ? 1 : 0;
  }
  return made;
}

}  // namespace

void try_input(std::string_view input) {
  if (const auto id = events::parse_event_id(input)) {
    require(events::print(*id) == input, "an id is read as it is printed");
  }
  const std::string id = events::print({7, 1});
  tests::StreamReader reader;
  reader.read(events::frame(id, input));
  require(reader.last_id == id && reader.retry.empty(), "data sets no field");
  require(reader.comments == 0, "data is no comment");
  if (!input.empty()) {
    require(reader.events.size() == 1, "an event is one event");
    require(reader.events[0].data == with_line_feeds(input), "data comes out as it went in");
  }
}

}  // namespace mooring::fuzz
