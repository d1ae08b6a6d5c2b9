// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/argument_check.hpp"

#include <nlohmann/json.hpp>

namespace mooring::catalogue {

std::vector<FieldError> ArgumentCheck::check(rpc::Value arguments) const {
  std::call_once(once_, [this] {
    const auto schema = nlohmann::json::parse(schema_, nullptr, false);
    auto compiled = schema_check::Schema::compile(schema, schema_check::Unsupported::left);
    if (compiled) {
      compiled_ = *std::move(compiled);
    }
  });
  return compiled_ ? compiled_->check(arguments) : std::vector<FieldError>();
}

}  // namespace mooring::catalogue
