// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/mcp/mcp.hpp"

#include <string>
#include <string_view>

namespace mooring::mcp {

Reply result(const era::Call& call, std::string_view raw);

/// In-band, as a handler would refuse. `data` is raw JSON, empty: none.
Reply refuse(const era::Call& call, int code, std::string message, std::string data = "");

Reply not_served(const era::Call& call);

/// No such resource: each generation has its code for that.
Reply resource_not_found(const era::Call& call);

/// Of an earlier generation or its transport, not to be said to clients of 2026-07-28.
namespace legacy_code {
inline constexpr int resource_not_found = -32002;
inline constexpr int url_elicitation_required = -32042;
}  // namespace legacy_code

/// What a raw string (with quotes) says, without a copy where it has no escapes.
class Text {
 public:
  explicit Text(rpc::Value string);
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  std::string_view view() const { return view_; }

 private:
  std::string unescaped_;
  std::string_view view_;
};

/// The steps that have to do with resources.
Step read_resource(const era::Call& call, const catalogue::Catalogue& catalogue);
Step subscribe(const era::Call& call, const catalogue::Catalogue& catalogue);
Step listen(const era::Call& call, const catalogue::Catalogue& catalogue);

/// completion/complete
Step complete(const era::Call& call, const catalogue::Catalogue& catalogue);

}  // namespace mooring::mcp
