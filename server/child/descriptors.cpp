// SPDX-License-Identifier: Apache-2.0
#include "server/child/descriptors.hpp"

#include <algorithm>
#include <optional>

namespace mooring::child {
namespace {

// Where the system allows a billion, some still count them all.
constexpr rlim_t most = 1 << 20;

rlimit current() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

std::optional<rlimit>& before() {
  static std::optional<rlimit> limit;
  return limit;
}

}  // namespace

void allow_more_descriptors() {
  rlimit limit = current();
  before() = limit;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, most));
  setrlimit(RLIMIT_NOFILE, &limit);
}

rlimit descriptors_of_commands() {
  return before() ? *before() : current();
}

}  // namespace mooring::child
