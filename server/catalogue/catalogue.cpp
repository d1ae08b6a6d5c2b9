// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/catalogue.hpp"

#include "core/text/encoding.hpp"
#include "server/catalogue/merge.hpp"

#include <algorithm>

namespace mooring::catalogue {
namespace {

// Same tools, same digest on every replica; a cursor of another list is told by it.
std::string digest(const std::vector<std::string>& listed) {
  std::string all;
  for (const std::string& tool : listed) {
    all.append(tool).append("\n");
  }
  return text::sha256_hex(all).substr(0, 12);
}

std::string cursor_of(const std::string& list_digest, std::size_t page) {
  return page == 0 ? "" : text::base64url(list_digest + ":" + std::to_string(page));
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

std::vector<Page> render_pages(const std::vector<std::string>& listed, const Style& style) {
  const std::string list_digest = digest(listed);
  const std::string tail = modern_tail(style);
  std::vector<Page> pages;
  std::size_t next = 0;
  do {
    std::string tools = R"("tools":[)";
    for (const std::size_t first = next; next < listed.size() && next - first < style.page_size;
         ++next) {
      tools.append(next == first ? "" : ",").append(listed[next]);
    }
    tools += ']';
    if (next < listed.size()) {
      tools += R"(,"nextCursor":")" + cursor_of(list_digest, pages.size() + 1) + '"';
    }
    pages.push_back(
        {cursor_of(list_digest, pages.size()),
         "{" + tools + "}",
         R"({"resultType":"complete",)" + tools + tail}
    );
  } while (next < listed.size());
  return pages;
}

}  // namespace

Catalogue::Catalogue(const std::vector<Offer>& offers, const Style& style) {
  Merged merged = merge(offers);
  tools_ = std::move(merged.tools);
  warnings_ = std::move(merged.warnings);
  pages_ = render_pages(merged.listed, style);
  by_name_.reserve(tools_.size());
  for (std::size_t i = 0; i < tools_.size(); ++i) {
    by_name_.emplace(tools_[i].name, i);
  }
}

const Tool* Catalogue::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tools_[found->second];
}

const std::string* Catalogue::list(era::Generation generation, std::string_view cursor) const {
  const auto page = std::find_if(pages_.begin(), pages_.end(), [cursor](const Page& p) {
    return p.cursor == cursor;
  });
  if (page == pages_.end()) {
    return nullptr;
  }
  return generation == era::Generation::modern ? &page->modern : &page->legacy;
}

}  // namespace mooring::catalogue
