// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"

#include <string>
#include <vector>

namespace mooring::catalogue {

/// The tools under the names that clients see, and each as its list has it.
struct Merged {
  std::vector<Tool> tools;
  std::vector<std::string> listed;  ///< raw JSON, beside `tools`
  std::vector<std::string> warnings;
};

/// A name that several backends offer becomes `<backend>_<name>` for all of them.
Merged merge(const std::vector<Offer>& offers);

/// The arguments that a tool's `inputSchema` has repeated in headers; an error says which rule of
/// `x-mcp-header` it breaks, and then none is.
Result<std::vector<era::ParamHeader>> param_headers(rpc::Value input_schema);

}  // namespace mooring::catalogue
