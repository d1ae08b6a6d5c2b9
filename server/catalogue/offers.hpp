// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::catalogue {

/// What a server lists.
enum class Kind : std::uint8_t { tools, resources, templates, prompts };

inline constexpr std::array kinds = {Kind::tools, Kind::resources, Kind::templates, Kind::prompts};

constexpr std::size_t index_of(Kind kind) {
  return static_cast<std::size_t>(kind);
}

/// For messages and logs: `resource templates`.
std::string_view name(Kind kind);
/// `resources/templates/list`
std::string_view list_method(Kind kind);
/// `resourceTemplates`, where the answer has the list.
std::string_view list_member(Kind kind);

/// What a server says that it can do.
struct Capabilities {
  bool tools = false;
  bool resources = false;
  bool subscriptions = false;  ///< `resources.subscribe`
  bool prompts = false;
  bool completions = false;
  bool logging = false;

  bool operator==(const Capabilities&) const = default;
};

/// What both can do together.
Capabilities operator|(const Capabilities& a, const Capabilities& b);

/// What one backend offers. The items are raw JSON objects as the backend wrote them.
struct Offers {
  Capabilities capabilities;
  std::string instructions;       ///< empty: none
  bool checks_arguments = false;  ///< it alone checks those of its tools
  std::vector<std::string> tools;
  std::vector<std::string> resources;
  std::vector<std::string> templates;
  std::vector<std::string> prompts;

  std::vector<std::string>& of(Kind kind);
  const std::vector<std::string>& of(Kind kind) const;
};

}  // namespace mooring::catalogue
