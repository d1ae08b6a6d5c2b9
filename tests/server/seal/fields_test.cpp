// SPDX-License-Identifier: Apache-2.0
#include "server/seal/fields.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace mooring::seal {
namespace {

TEST_CASE("fields: a number has its most significant byte first, and as many as are asked for") {
  std::string bytes;
  append_number(bytes, 0x0102);
  append_number(bytes, 0xABCDEF, 2);
  CHECK(bytes == std::string("\0\0\0\0\0\0\x01\x02\xCD\xEF", 10));
}

TEST_CASE("fields: what is written is read") {
  for (const std::uint64_t number :
       {std::uint64_t{0},
        std::uint64_t{0x8081828384858687},
        std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes;
    append_number(bytes, number);
    CHECK(read_number(bytes) == number);
  }
  for (const int seconds : {0, 1'800'000'000, -1}) {
    const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
    std::string bytes;
    append_time(bytes, time);
    CHECK(read_time(bytes) == time);
  }
}

}  // namespace
}  // namespace mooring::seal
