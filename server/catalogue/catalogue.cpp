// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/catalogue.hpp"

#include "core/text/encoding.hpp"
#include "server/catalogue/cursor.hpp"
#include "server/catalogue/merge.hpp"

#include <algorithm>

namespace mooring::catalogue {
namespace {

// Same items, same digest on every replica; a cursor of another list is told by it.
std::string digest_of(const std::vector<std::string>& listed) {
  std::string all;
  for (const std::string& item : listed) {
    all.append(item).append("\n");
  }
  return text::sha256_hex(all).substr(0, 16);
}

std::string modern_tail(const Style& style) {
  std::string tail =
      R"(,"ttlMs":)" + std::to_string(style.cache_milliseconds) + R"(,"cacheScope":"public")";
  if (!style.server_info.empty()) {
    tail.append(R"(,"_meta":{")").append(era::key::server_info).append("\":");
    tail.append(style.server_info).append("}");
  }
  return tail + "}";
}

std::vector<Page> render_pages(
    Kind kind,
    const std::vector<std::string>& listed,
    const std::string& digest,
    const Style& style,
    const seal::Ring& ring
) {
  const std::string tail = modern_tail(style);
  std::vector<Page> pages;
  std::size_t next = 0;
  do {
    std::string items = "\"" + std::string(list_member(kind)) + "\":[";
    for (const std::size_t first = next; next < listed.size() && next - first < style.page_size;
         ++next) {
      items.append(next == first ? "" : ",").append(listed[next]);
    }
    items += ']';
    if (next < listed.size()) {
      items += R"(,"nextCursor":")" + seal_cursor({kind, digest, pages.size() + 1}, ring) + '"';
    }
    pages.push_back({"{" + items + "}", R"({"resultType":"complete",)" + items + tail});
  } while (next < listed.size());
  return pages;
}

std::string join_instructions(const std::vector<Offer>& offers) {
  std::string joined;
  for (const Offer& offer : offers) {
    const std::string& text = offer.offers->instructions;
    if (text.empty()) {
      continue;
    }
    joined += joined.empty() ? "" : "\n\n";
    joined += offers.size() > 1 ? offer.backend + ": " + text : text;
  }
  return joined;
}

}  // namespace

Catalogue::Catalogue(const std::vector<Offer>& offers, const Style& style, const seal::Ring& ring)
    : instructions_(join_instructions(offers)) {
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const Capabilities& has = offers[i].offers->capabilities;
    capabilities_ = capabilities_ | has;
    each_.push_back(has);
    if (has.resources) {
      with_resources_.push_back(i);
    }
  }
  Merged merged = merge(offers);
  for (const Kind kind : kinds) {
    const std::vector<std::string>& listed = merged.listed[index_of(kind)];
    Pages& list = lists_[index_of(kind)];
    list.digest = digest_of(listed);
    list.pages = render_pages(kind, listed, list.digest, style, ring);
  }
  tools_ = std::move(merged.tools);
  prompts_ = std::move(merged.prompts);
  resources_ = std::move(merged.resources);
  templates_ = std::move(merged.templates);
  warnings_ = std::move(merged.warnings);
  const auto literal_size = [](const ResourceTemplate& t) {
    return t.compiled ? t.compiled->literal_size() : 0;
  };
  std::stable_sort(templates_.begin(), templates_.end(), [&](const auto& a, const auto& b) {
    return literal_size(a) > literal_size(b);
  });
  const auto fill = [](Index& index, const auto& items, auto member) {
    index.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      index.emplace(items[i].*member, i);
    }
  };
  fill(tool_index_, tools_, &Tool::name);
  fill(prompt_index_, prompts_, &Prompt::name);
  fill(resource_index_, resources_, &Resource::uri);
}

const Tool* Catalogue::find_tool(std::string_view name) const {
  const auto found = tool_index_.find(name);
  return found == tool_index_.end() ? nullptr : &tools_[found->second];
}

const Prompt* Catalogue::find_prompt(std::string_view name) const {
  const auto found = prompt_index_.find(name);
  return found == prompt_index_.end() ? nullptr : &prompts_[found->second];
}

std::optional<std::size_t> Catalogue::find_resource(std::string_view uri) const {
  const auto found = resource_index_.find(uri);
  if (found != resource_index_.end()) {
    return resources_[found->second].backend;
  }
  for (const ResourceTemplate& candidate : templates_) {
    if (candidate.compiled && candidate.compiled->matches(uri)) {
      return candidate.backend;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> Catalogue::find_template(std::string_view text) const {
  for (const ResourceTemplate& candidate : templates_) {
    if (candidate.text == text) {
      return candidate.backend;
    }
  }
  return std::nullopt;
}

const std::string* Catalogue::list(
    Kind kind, era::Generation generation, std::string_view cursor, const seal::Ring& ring
) const {
  const Pages& list = lists_[index_of(kind)];
  std::size_t page = 0;
  if (!cursor.empty()) {
    const auto opened = open_cursor(cursor, ring);
    if (!opened || opened->kind != kind || opened->digest != list.digest) {
      return nullptr;
    }
    page = opened->page;
  }
  if (page >= list.pages.size()) {
    return nullptr;
  }
  return generation == era::Generation::modern ? &list.pages[page].modern
                                               : &list.pages[page].legacy;
}

}  // namespace mooring::catalogue
