// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/merge.hpp"

#include "core/text/ascii.hpp"
#include "server/catalogue/doubles.hpp"
#include "server/catalogue/item.hpp"
#include "server/catalogue/names.hpp"

namespace mooring::catalogue {
namespace {

std::vector<Item> merge_kind(Kind kind, const std::vector<Offer>& offers, Merged& merged) {
  std::vector<Item> items = read_items(kind, offers, merged.warnings);
  if (kind == Kind::tools) {
    select_tools(items, offers, merged.warnings);
  }
  if (kind == Kind::tools || kind == Kind::prompts) {
    give_names(kind, items, offers, merged.warnings);
  } else {
    // A URI is the same whoever serves it: it cannot be given another.
    const auto why = [kind](const Item& item, const std::string& owner) {
      return text::quoted(item.id) + " of its " + std::string(name(kind)) +
             " is offered by backend " + owner + " already";
    };
    leave_out_doubles(items, &Item::id, offers, merged.warnings, why);
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
