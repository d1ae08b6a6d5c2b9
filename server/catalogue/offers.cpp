// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/offers.hpp"

namespace mooring::catalogue {
namespace {

struct Names {
  std::string_view name;
  std::string_view method;
  std::string_view member;
  std::vector<std::string> Offers::*list;
};

constexpr std::array<Names, kinds.size()> names = {
    Names{"tools", "tools/list", "tools", &Offers::tools},
    Names{"resources", "resources/list", "resources", &Offers::resources},
    Names{
        "resource templates", "resources/templates/list", "resourceTemplates", &Offers::templates},
    Names{"prompts", "prompts/list", "prompts", &Offers::prompts}};

}  // namespace

std::string_view name(Kind kind) {
  return names[index_of(kind)].name;
}

std::string_view list_method(Kind kind) {
  return names[index_of(kind)].method;
}

std::string_view list_member(Kind kind) {
  return names[index_of(kind)].member;
}

Capabilities operator|(const Capabilities& a, const Capabilities& b) {
  return {
      .tools = a.tools || b.tools,
      .resources = a.resources || b.resources,
      .subscriptions = a.subscriptions || b.subscriptions,
      .prompts = a.prompts || b.prompts,
      .completions = a.completions || b.completions,
      .logging = a.logging || b.logging};
}

std::vector<std::string>& Offers::of(Kind kind) {
  return this->*names[index_of(kind)].list;
}

const std::vector<std::string>& Offers::of(Kind kind) const {
  return this->*names[index_of(kind)].list;
}

}  // namespace mooring::catalogue
