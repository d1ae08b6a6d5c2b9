// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What is sealed is made of these: numbers are big-endian, a time is the seconds since 1970 in
// eight bytes.
namespace mooring::seal {

void append_number(std::string& out, std::uint64_t number, std::size_t size = 8);
/// At most eight bytes, of which all count.
std::uint64_t read_number(std::string_view bytes);

void append_time(std::string& out, std::chrono::sys_seconds time);
std::chrono::sys_seconds read_time(std::string_view bytes);

}  // namespace mooring::seal
