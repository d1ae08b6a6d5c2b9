// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/item.hpp"

#include <string>
#include <vector>

namespace mooring::catalogue {

/// Leaves out the tools that their backend does not expose.
void select_tools(
    std::vector<Item>& tools, const std::vector<Offer>& offers, std::vector<std::string>& warnings
);

/// Gives tools or prompts the names that clients see: another one, one with the backend's name
/// before it, or their own. Where two would still have the same, the first stays.
void give_names(
    Kind kind,
    std::vector<Item>& items,
    const std::vector<Offer>& offers,
    std::vector<std::string>& warnings
);

}  // namespace mooring::catalogue
