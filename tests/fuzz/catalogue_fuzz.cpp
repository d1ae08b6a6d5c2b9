// SPDX-License-Identifier: Apache-2.0
// What backends list. The first byte says what of (t: tools, r: resources, u: templates, others:
// prompts), each line is an item, and two backends have them.
#include "server/catalogue/catalogue.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

namespace mooring::fuzz {
namespace {

using catalogue::Kind;

const seal::Ring& ring() {
  static const seal::Ring made = *seal::Ring::of("k1", std::string(32, 's'));
  return made;
}

Kind kind_of(char head) {
  switch (head) {
    case 't':
      return Kind::tools;
    case 'r':
      return Kind::resources;
    case 'u':
      return Kind::templates;
    default:
      return Kind::prompts;
  }
}

std::shared_ptr<const catalogue::Offers> read_offers(Kind kind, std::string_view lines) {
  catalogue::Offers offers;
  offers.capabilities = {true, true, true, true, true, true};
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    const auto item = rpc::check(lines.substr(0, end));
    if (item && item->is(rpc::Kind::object)) {
      offers.of(kind).emplace_back(item->raw);
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return std::make_shared<const catalogue::Offers>(std::move(offers));
}

// How many items the pages hold.
std::size_t walk(const catalogue::Catalogue& lists, Kind kind, era::Generation generation) {
  std::size_t items = 0;
  std::string cursor;
  do {
    const std::string* page = lists.list(kind, generation, cursor, ring());
    require(page != nullptr, "a cursor of ours leads on");
    const auto checked = rpc::check(*page);
    require(checked.has_value(), "a page is JSON");
    rpc::Value list, next;
    const bool is_once =
        rpc::pick(*checked, {{catalogue::list_member(kind), &list}, {"nextCursor", &next}});
    require(is_once && list.is(rpc::Kind::array), "a page has a list");
    rpc::Elements elements(list);
    while (elements.next()) {
      require(elements.value.is(rpc::Kind::object), "of objects");
      ++items;
    }
    cursor = next ? rpc::text_of(next.raw) : "";
  } while (!cursor.empty());
  return items;
}

}  // namespace

void try_input(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const Kind kind = kind_of(input[0]);
  const auto offers = read_offers(kind, input.substr(1));
  const catalogue::Catalogue lists({{"one", offers}, {"two", offers}}, {"{}", 3}, ring());
  const std::size_t items = walk(lists, kind, era::Generation::legacy);
  require(items == walk(lists, kind, era::Generation::modern), "both generations see the same");
  require(items <= 2 * offers->of(kind).size(), "nothing is listed that was not offered");
  for (const catalogue::Tool& tool : lists.tools()) {
    require(lists.find_tool(tool.name) == &tool, "a listed tool is found");
  }
  lists.find_resource(input.substr(1));
  lists.find_resource("crm://deals/7?x=a%20b");
}

}  // namespace mooring::fuzz
