// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/text/ascii.hpp"
#include "server/catalogue/item.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

namespace mooring::catalogue {

/// Of the items with the same `name`, only the first stays. `why(item, owner)` says of each other
/// one, for a person, what the backend that has it already makes of it.
template <class Why>
void leave_out_doubles(
    std::vector<Item>& items,
    std::string Item::*name,
    const std::vector<Offer>& offers,
    std::vector<std::string>& warnings,
    Why why
) {
  std::unordered_map<std::string, std::size_t> owners;
  const auto is_taken = [&](const Item& item) {
    const auto [owner, is_first] = owners.emplace(item.*name, item.backend);
    if (!is_first) {
      warnings.push_back(
          "backend " + text::quoted(offers[item.backend].backend) + ": " +
          why(item, text::quoted(offers[owner->second].backend)) + " (left out)"
      );
    }
    return !is_first;
  };
  items.erase(std::remove_if(items.begin(), items.end(), is_taken), items.end());
}

}  // namespace mooring::catalogue
