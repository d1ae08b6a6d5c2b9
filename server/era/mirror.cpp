// SPDX-License-Identifier: Apache-2.0
#include "server/era/mirror.hpp"

#include "core/text/ascii.hpp"
#include "core/text/encoding.hpp"
#include "server/era/era.hpp"

#include <algorithm>
#include <charconv>

namespace mooring::era {
namespace {

constexpr std::string_view opening = "=?base64?";
constexpr std::string_view closing = "?=";

bool is_encoded(std::string_view value) {
  return value.size() >= opening.size() + closing.size() && value.starts_with(opening) &&
         value.ends_with(closing);
}

bool is_literal(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c == '\t' || (c >= 0x20 && c < 0x7f);
  });
}

// 42 and 42.0 are one number; other spellings are none.
std::optional<double> decimal(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (error != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return number;
}

bool header_equals(rpc::Value value, std::string_view header) {
  switch (value.kind) {
    case rpc::Kind::string:
      return rpc::says(value.raw, header);
    case rpc::Kind::number: {
      const auto integer = rpc::integer_of(value);
      const auto written = rpc::integer_of({rpc::Kind::number, header});
      if (integer && written) {
        return integer == written;
      }
      return decimal(header) == rpc::double_of(value);
    }
    default:
      return value.raw == header;
  }
}

rpc::Value at_path(rpc::Value value, const std::vector<std::string>& path) {
  for (const std::string& name : path) {
    rpc::Value next;
    if (!rpc::pick(value, {{name, &next}})) {
      return {};
    }
    value = next;
  }
  return value;
}

bool is_primitive(rpc::Value value) {
  return value.is(rpc::Kind::string) || value.is(rpc::Kind::number) || value.is(rpc::Kind::boolean);
}

std::optional<std::string> problem_of_param(
    rpc::Value value, const ParamHeader& declared, const http::Request& request
) {
  if (request.count(declared.header) != 1) {
    return "header " + declared.header + " must be there once, as the argument \"" +
           text::join(declared.path, ".") + "\" is";
  }
  const std::string_view header = request.header(declared.header);
  const auto decoded = decode_header(header);
  if (!decoded) {
    return "header " + declared.header + " is malformed: " + text::quoted(header);
  }
  if (!header_equals(value, *decoded)) {
    return "header " + declared.header + " is " + text::quoted(header) + ", the argument \"" +
           text::join(declared.path, ".") + "\" differs";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> decode_header(std::string_view value) {
  if (!is_literal(value)) {
    return std::nullopt;
  }
  if (!is_encoded(value)) {
    return std::string(value);
  }
  value.remove_prefix(opening.size());
  value.remove_suffix(closing.size());
  auto decoded = text::from_base64(value);
  if (!decoded || !text::is_utf8(*decoded)) {
    return std::nullopt;
  }
  return decoded;
}

Mirror read_mirror(const http::Request& request) {
  Mirror mirror;
  const auto take = [&mirror](bool& seen, std::string_view& out, std::string_view value) {
    mirror.has_twice = mirror.has_twice || seen;
    out = seen ? out : text::trim(value);
    seen = true;
  };
  for (const http::HeaderView& header : request.headers) {
    if (header.name.size() < 8 || text::to_lower(header.name[0]) != 'm') {
      continue;
    }
    if (text::iequals(header.name, "mcp-protocol-version")) {
      take(mirror.has_version, mirror.version, header.value);
    } else if (text::iequals(header.name, "mcp-method")) {
      take(mirror.has_method, mirror.method, header.value);
    } else if (text::iequals(header.name, "mcp-name")) {
      take(mirror.has_name, mirror.name, header.value);
    }
  }
  return mirror;
}

std::optional<std::string> problem_of_mirror(
    const Mirror& mirror, rpc::Value method, rpc::Value name
) {
  if (mirror.has_twice) {
    return "one of the headers MCP-Protocol-Version, Mcp-Method and Mcp-Name stands there twice";
  }
  if (!mirror.has_version) {
    return "header MCP-Protocol-Version is missing";
  }
  if (!mirror.has_method) {
    return "header Mcp-Method is missing";
  }
  if (!rpc::says(method.raw, mirror.method)) {
    return "header Mcp-Method is " + text::quoted(mirror.method) + ", the body says " +
           text::quoted(rpc::text_of(method.raw));
  }
  if (!name) {
    return std::nullopt;
  }
  if (!mirror.has_name) {
    return "header Mcp-Name is missing";
  }
  const auto decoded = decode_header(mirror.name);
  if (!decoded) {
    return "header Mcp-Name is malformed: " + text::quoted(mirror.name);
  }
  if (!rpc::says(name.raw, *decoded)) {
    return "header Mcp-Name is " + text::quoted(mirror.name) + ", the body says " +
           text::quoted(rpc::text_of(name.raw));
  }
  return std::nullopt;
}

std::optional<rpc::Refusal> refuse_param_headers(
    const Call& call, const std::vector<ParamHeader>& declared, const http::Request& request
) {
  for (const ParamHeader& header : declared) {
    const rpc::Value value = at_path(call.arguments, header.path);
    if (!value || value.is(rpc::Kind::null)) {
      // Who routes by the header would be deceived by one that stands for nothing.
      if (request.has_header(header.header)) {
        return rpc::Refusal{
            400,
            rpc::code::header_mismatch,
            "header " + header.header + " is there, but not the argument that it repeats",
            std::string(call.id.raw),
            ""};
      }
      continue;
    }
    if (!is_primitive(value)) {
      continue;  // what is of a wrong kind is the tool's to refuse
    }
    if (auto problem = problem_of_param(value, header, request)) {
      return rpc::Refusal{
          400, rpc::code::header_mismatch, *std::move(problem), std::string(call.id.raw), ""};
    }
  }
  return std::nullopt;
}

}  // namespace mooring::era
