// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::api {

/// An amount as Kubernetes writes it (`500m`, `0.5`, `1Gi`), exact to a billionth.
class Quantity {
 public:
  /// Decimal number, then nothing, one of `n u m k M G T P E`, or one of `Ki Mi Gi Ti Pi Ei`.
  static std::optional<Quantity> parse(std::string_view text);

  auto operator<=>(const Quantity&) const = default;

  /// Without its fraction.
  std::int64_t whole() const { return static_cast<std::int64_t>(nano_ / 1'000'000'000); }

 private:
  __extension__ using Nano = __int128;
  Nano nano_ = 0;
};

/// A quantity may be written as a string or as a number; this is the string.
std::string quantity_text(const nlohmann::json& value);

}  // namespace mooring::api
