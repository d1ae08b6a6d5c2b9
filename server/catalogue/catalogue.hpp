// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/argument_check.hpp"
#include "server/catalogue/offers.hpp"
#include "server/catalogue/uri_template.hpp"
#include "server/era/era.hpp"
#include "server/seal/seal.hpp"
#include "server/settings/settings.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// What all backends offer, merged: an immutable snapshot.
namespace mooring::catalogue {

/// What one backend offers. The order of offers is the order of the lists.
struct Offer {
  std::string backend;
  std::shared_ptr<const Offers> offers;
  settings::Exposure expose = {};
};

struct Tool {
  std::string name;         ///< as clients know it
  std::string own_name;     ///< as its backend knows it
  std::size_t backend = 0;  ///< index of the offer
  std::vector<era::ParamHeader> param_headers;
  std::shared_ptr<const ArgumentCheck> arguments;  ///< null: its backend alone checks them
};

struct Prompt {
  std::string name;      ///< as clients know it
  std::string own_name;  ///< as its backend knows it
  std::size_t backend = 0;
};

struct Resource {
  std::string uri;
  std::size_t backend = 0;
};

struct ResourceTemplate {
  std::string text;
  std::optional<UriTemplate> compiled;  ///< none if it is none: it is listed, but leads nowhere
  std::size_t backend = 0;
};

/// Some of a list, as results ready to be sent.
struct Page {
  std::string legacy;
  std::string modern;
};

/// How the snapshot is written.
struct Style {
  std::string server_info;                   ///< raw JSON of our name and version, for `_meta`
  std::size_t page_size = 1000;              ///< items a page
  std::int64_t cache_milliseconds = 60'000;  ///< how long a modern client may keep a list
};

class Catalogue {
 public:
  /// What cannot be offered is left out; `warnings()` says which and why. Cursors are sealed with
  /// the ring, so that replicas with the same lists take each other's.
  Catalogue(const std::vector<Offer>& offers, const Style& style, const seal::Ring& ring);

  Catalogue() : Catalogue({}, {}, {}) {}

  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;
  Catalogue(Catalogue&&) = default;
  Catalogue& operator=(Catalogue&&) = default;

  const std::vector<Tool>& tools() const { return tools_; }

  const std::vector<std::string>& warnings() const { return warnings_; }

  /// The union of what the backends can.
  const Capabilities& capabilities() const { return capabilities_; }

  /// What one backend can.
  const Capabilities& capabilities_of(std::size_t backend) const { return each_[backend]; }

  /// Those of the backends, under their names if there are several; empty: none.
  const std::string& instructions() const { return instructions_; }

  const Tool* find_tool(std::string_view name) const;
  const Prompt* find_prompt(std::string_view name) const;

  /// The backend that lists this resource, or a template that it may be made from; nothing if no
  /// list knows it.
  std::optional<std::size_t> find_resource(std::string_view uri) const;
  /// The backend that lists this template, by its text.
  std::optional<std::size_t> find_template(std::string_view text) const;

  /// The backends that have resources, listed or not.
  const std::vector<std::size_t>& with_resources() const { return with_resources_; }

  /// The same for the same list.
  const std::string& digest(Kind kind) const { return lists_[index_of(kind)].digest; }

  /// A raw list result from this cursor on (empty: from the start); nullptr if the cursor is not of
  /// a list like this one.
  const std::string* list(
      Kind kind, era::Generation generation, std::string_view cursor, const seal::Ring& ring
  ) const;

 private:
  using Index = std::unordered_map<std::string_view, std::size_t>;

  struct Pages {
    std::string digest;
    std::vector<Page> pages;
  };

  std::vector<Tool> tools_;
  std::vector<Prompt> prompts_;
  std::vector<Resource> resources_;
  std::vector<ResourceTemplate> templates_;  // those with more literal characters first
  Index tool_index_;
  Index prompt_index_;
  Index resource_index_;
  std::array<Pages, kinds.size()> lists_;
  std::vector<std::size_t> with_resources_;
  std::vector<Capabilities> each_;  // by backend
  Capabilities capabilities_;
  std::string instructions_;
  std::vector<std::string> warnings_;
};

}  // namespace mooring::catalogue
