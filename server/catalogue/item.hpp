// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::catalogue {

/// Something that a backend lists, read as far as it concerns us.
struct Item {
  std::string id;    ///< as its backend knows it: name, URI or URI template
  std::string name;  ///< as clients are to know it
  std::size_t backend = 0;
  std::string_view raw;           ///< a slice of the offer
  std::string_view input_schema;  ///< of a tool, within `raw`
  std::vector<era::ParamHeader> param_headers;
  std::optional<UriTemplate> uri_template;
};

/// All items of a kind. What cannot be offered is left out, and said in `warnings`.
std::vector<Item> read_items(
    Kind kind, const std::vector<Offer>& offers, std::vector<std::string>& warnings
);

/// The item as its list has it: byte for byte as its backend wrote it, but for its name and for
/// what is not served.
std::string listed_form(Kind kind, const Item& item);

}  // namespace mooring::catalogue
