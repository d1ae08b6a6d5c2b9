// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mooring::report {

/// One thing that was looked at.
struct Check {
  enum class State {
    good,
    bad,
    absent,   ///< not there, and nobody needs it
    unknown,  ///< it could not be looked at
  };

  State state = State::unknown;
  std::string what;
  std::string found;
  std::string remedy = {};  ///< what to do, where it is bad

  bool operator==(const Check&) const = default;
};

std::string_view name(Check::State state);

/// Whether none is bad.
bool is_well(const std::vector<Check>& checks);

/// `✓ what  found`, and below it what to do.
std::string print(const std::vector<Check>& checks);
nlohmann::json to_json(const std::vector<Check>& checks);

/// `major.minor` of a Kubernetes version such as `v1.31.2+k3s1` against the oldest that is served.
bool is_served(std::string_view kubernetes);
inline constexpr std::string_view oldest_kubernetes = "1.31";

/// The first place where two JSON values differ, or empty.
std::string first_difference(
    const nlohmann::json& a, const nlohmann::json& b, const std::string& path
);

}  // namespace mooring::report
