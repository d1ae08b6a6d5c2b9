// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/merge.hpp"

#include "core/text/ascii.hpp"
#include "server/catalogue/item.hpp"
#include "server/catalogue/names.hpp"

#include <algorithm>
#include <unordered_map>

namespace mooring::catalogue {
namespace {

// A URI is the same whoever serves it: it cannot be given another.
void keep_first(
    Kind kind,
    std::vector<Item>& items,
    const std::vector<Offer>& offers,
    std::vector<std::string>& warnings
) {
  std::unordered_map<std::string, std::size_t> owners;
  const auto is_taken = [&](const Item& item) {
    const auto [owner, is_first] = owners.emplace(item.id, item.backend);
    if (!is_first) {
      warnings.push_back(
          "backend " + text::quoted(offers[item.backend].backend) + ": " + text::quoted(item.id) +
          " of its " + std::string(name(kind)) + " is offered by backend " +
          text::quoted(offers[owner->second].backend) + " already (left out)"
      );
    }
    return !is_first;
  };
  items.erase(std::remove_if(items.begin(), items.end(), is_taken), items.end());
}

std::vector<Item> merge_kind(Kind kind, const std::vector<Offer>& offers, Merged& merged) {
  std::vector<Item> items = read_items(kind, offers, merged.warnings);
  if (kind == Kind::tools) {
    select_tools(items, offers, merged.warnings);
  }
  if (kind == Kind::tools || kind == Kind::prompts) {
    give_names(kind, items, offers, merged.warnings);
  } else {
    keep_first(kind, items, offers, merged.warnings);
  }
  std::vector<std::string>& listed = merged.listed[index_of(kind)];
  listed.reserve(items.size());
  for (const Item& item : items) {
    listed.push_back(listed_form(kind, item));
  }
  return items;
}

}  // namespace

Merged merge(const std::vector<Offer>& offers) {
  Merged merged;
  for (Item& item : merge_kind(Kind::tools, offers, merged)) {
    const std::shared_ptr<const Offers>& own = offers[item.backend].offers;
    merged.tools.push_back(
        {std::move(item.name),
         std::move(item.id),
         item.backend,
         std::move(item.param_headers),
         own->checks_arguments ? nullptr
                               : std::make_shared<const ArgumentCheck>(own, item.input_schema)}
    );
  }
  for (Item& item : merge_kind(Kind::prompts, offers, merged)) {
    merged.prompts.push_back({std::move(item.name), std::move(item.id), item.backend});
  }
  for (Item& item : merge_kind(Kind::resources, offers, merged)) {
    merged.resources.push_back({std::move(item.id), item.backend});
  }
  for (Item& item : merge_kind(Kind::templates, offers, merged)) {
    merged.templates.push_back({std::move(item.id), std::move(item.uri_template), item.backend});
  }
  return merged;
}

}  // namespace mooring::catalogue
