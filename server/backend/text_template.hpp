// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/rpc/value.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace mooring::backend {

/// A declared tool's answer: text in which `{argument}` stands for the argument's value, strings as
/// they are and others as JSON, and `{{` and `}}` for braces. An argument that is not given has the
/// default of its schema, or is empty.
class TextTemplate {
 public:
  /// Refuses single braces, and arguments that the schema's `properties` do not name.
  static Result<TextTemplate> compile(std::string_view text, const nlohmann::json& input_schema);

  /// Appends the content of a JSON string, without its quotes. `arguments` is an object or none.
  void append_to(std::string& out, rpc::Value arguments) const;

 private:
  struct Piece {
    std::string literal;    ///< escaped, comes before the argument
    std::string argument;   ///< empty in the last piece
    std::string otherwise;  ///< escaped
  };

  std::vector<Piece> pieces_;
};

}  // namespace mooring::backend
