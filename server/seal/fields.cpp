// SPDX-License-Identifier: Apache-2.0
#include "server/seal/fields.hpp"

namespace mooring::seal {

void append_number(std::string& out, std::uint64_t number, std::size_t size) {
  for (std::size_t left = size; left > 0; --left) {
    out += static_cast<char>(number >> 8 * (left - 1) & 0xFF);
  }
}

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  return number;
}

void append_time(std::string& out, std::chrono::sys_seconds time) {
  append_number(out, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

std::chrono::sys_seconds read_time(std::string_view bytes) {
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(read_number(bytes))
  ));
}

}  // namespace mooring::seal
