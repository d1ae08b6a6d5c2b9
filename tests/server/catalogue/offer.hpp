// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mooring::tests {

inline std::string a_tool(const std::string& name, const std::string& more = "") {
  return R"({"name":")" + name + R"(","description":"d","inputSchema":{"type":"object"})" + more +
         "}";
}

inline catalogue::Offer offer(std::string backend, catalogue::Offers offers) {
  return {std::move(backend), std::make_shared<const catalogue::Offers>(std::move(offers))};
}

inline catalogue::Offer offer_tools(std::string backend, std::vector<std::string> tools) {
  catalogue::Offers offers;
  offers.capabilities.tools = true;
  offers.tools = std::move(tools);
  return offer(std::move(backend), std::move(offers));
}

inline std::vector<std::string> names_of_tools(const catalogue::Catalogue& merged) {
  std::vector<std::string> names;
  for (const catalogue::Tool& tool : merged.tools()) {
    names.push_back(tool.name);
  }
  return names;
}

inline const catalogue::Style style = {R"({"name":"weather","version":"1"})"};
inline const seal::Ring ring = seal::Ring::of("k1", std::string(32, 's')).value();

}  // namespace mooring::tests
