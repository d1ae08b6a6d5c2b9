// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/offers.hpp"
#include "server/schema_check/schema_check.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace mooring::catalogue {

/// A tool's `inputSchema`, compiled once, when it is first needed: most tools of a long list are
/// never called. Safe to use from every thread.
class ArgumentCheck {
 public:
  /// `schema` is raw JSON within the offers.
  ArgumentCheck(std::shared_ptr<const Offers> offers, std::string_view schema)
      : offers_(std::move(offers)), schema_(schema) {}

  ArgumentCheck(const ArgumentCheck&) = delete;
  ArgumentCheck& operator=(const ArgumentCheck&) = delete;

  /// What is surely wrong; the rest is left to the backend.
  std::vector<FieldError> check(rpc::Value arguments) const;

 private:
  const std::shared_ptr<const Offers> offers_;
  const std::string_view schema_;
  mutable std::once_flag once_;
  mutable std::optional<schema_check::Schema> compiled_;
};

}  // namespace mooring::catalogue
