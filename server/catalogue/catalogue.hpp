// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/era/era.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// What all backends offer, merged into one list of tools: an immutable snapshot.
namespace mooring::catalogue {

/// What one backend listed. The order of offers is the order of the list.
struct Offer {
  std::string backend;
  std::vector<std::string> tools;  ///< each a raw JSON object as the backend wrote it
};

struct Tool {
  std::string name;         ///< as clients know it
  std::string own_name;     ///< as its backend knows it
  std::size_t backend = 0;  ///< index of the offer
  std::vector<era::ParamHeader> param_headers;
};

/// Some of the tools, as results ready to be sent.
struct Page {
  std::string cursor;  ///< that leads here; empty for the first
  std::string legacy;
  std::string modern;
};

/// How the snapshot is written.
struct Style {
  std::string server_info;                   ///< raw JSON of our name and version, for `_meta`
  std::size_t page_size = 1000;              ///< tools a page
  std::int64_t cache_milliseconds = 60'000;  ///< how long a modern client may keep the list
};

class Catalogue {
 public:
  /// Tools that cannot be offered are left out; `warnings()` says which and why.
  Catalogue(const std::vector<Offer>& offers, const Style& style);

  Catalogue() : Catalogue({}, {}) {}

  const Tool* find(std::string_view name) const;

  const std::vector<Tool>& tools() const { return tools_; }

  const std::vector<std::string>& warnings() const { return warnings_; }

  /// The raw `tools/list` result from this cursor on (empty: from the start); nullptr if the cursor
  /// is not of a list like this one. Replicas with the same tools take each other's.
  const std::string* list(era::Generation generation, std::string_view cursor = {}) const;

 private:
  std::vector<Tool> tools_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
  std::vector<Page> pages_;
  std::vector<std::string> warnings_;
};

using Snapshot = std::shared_ptr<const Catalogue>;

}  // namespace mooring::catalogue
