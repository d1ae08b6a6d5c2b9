// SPDX-License-Identifier: Apache-2.0
#include "server/backend/text_template.hpp"

#include <nlohmann/json.hpp>

namespace mooring::backend {
namespace {

using nlohmann::json;

std::string escaped(std::string_view text) {
  const std::string quoted = rpc::quoted(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string default_of(const json& schema) {
  const auto found = schema.is_object() ? schema.find("default") : schema.end();
  if (!schema.is_object() || found == schema.end()) {
    return "";
  }
  return found->is_string() ? escaped(found->get_ref<const std::string&>())
                            : escaped(found->dump());
}

// A string's content is escaped already, as it stands there.
void append_value(std::string& out, rpc::Value value) {
  if (value.is(rpc::Kind::string)) {
    out += value.raw.substr(1, value.raw.size() - 2);
  } else if (value.is(rpc::Kind::object) || value.is(rpc::Kind::array)) {
    out += escaped(value.raw);
  } else {
    out += value.raw;
  }
}

tl::unexpected<Error> brace(char c, std::size_t at) {
  return fail(
      Errc::invalid,
      std::string("has a single ") + c + " at byte " + std::to_string(at) +
          "; write {argument} for an argument's value, {{ and }} for braces"
  );
}

}  // namespace

Result<TextTemplate> TextTemplate::compile(std::string_view text, const json& input_schema) {
  const json properties = input_schema.value("properties", json::object());
  TextTemplate compiled;
  std::string literal;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == c) {
      literal += c;
      ++at;
      continue;
    }
    const auto end = c == '{' ? text.find_first_of("{}", at + 1) : std::string_view::npos;
    if (end == std::string_view::npos || text[end] == '{' || end == at + 1) {
      return brace(c, at);
    }
    const std::string argument(text.substr(at + 1, end - at - 1));
    if (!properties.is_object() || !properties.contains(argument)) {
      return fail(
          Errc::invalid,
          "names {" + argument +
              "}, which inputSchema.properties does not have; add it there, or "
              "write {{" +
              argument + "}} for the braces themselves"
      );
    }
    compiled.pieces_.push_back({escaped(literal), argument, default_of(properties[argument])});
    literal.clear();
    at = end;
  }
  compiled.pieces_.push_back({escaped(literal), "", ""});
  return compiled;
}

void TextTemplate::append_to(std::string& out, rpc::Value arguments) const {
  for (const Piece& piece : pieces_) {
    out += piece.literal;
    if (piece.argument.empty()) {
      continue;
    }
    rpc::Value value;
    if (arguments) {
      rpc::pick(arguments, {{piece.argument, &value}});
    }
    if (value) {
      append_value(out, value);
    } else {
      out += piece.otherwise;
    }
  }
}

}  // namespace mooring::backend
