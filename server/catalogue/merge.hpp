// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"

#include <array>
#include <string>
#include <vector>

namespace mooring::catalogue {

/// All that is offered under the names that clients see, and each as its list has it.
struct Merged {
  std::vector<Tool> tools;
  std::vector<Prompt> prompts;
  std::vector<Resource> resources;
  std::vector<ResourceTemplate> templates;
  std::array<std::vector<std::string>, kinds.size()> listed;  ///< raw JSON, by Kind
  std::vector<std::string> warnings;
};

/// Tools and prompts get the names that their backends' exposure says; of resources with the same
/// URI the first one stays.
Merged merge(const std::vector<Offer>& offers);

/// The arguments that a tool's `inputSchema` has repeated in headers; an error says which rule of
/// `x-mcp-header` it breaks, and then none is.
Result<std::vector<era::ParamHeader>> param_headers(rpc::Value input_schema);

}  // namespace mooring::catalogue
