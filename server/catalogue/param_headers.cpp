// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/catalogue/merge.hpp"

#include <algorithm>

// MCP 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters".
namespace mooring::catalogue {
namespace {

constexpr std::string_view annotation = "x-mcp-header";

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [marks](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

rpc::Kind kind_of_type(rpc::Value type) {
  const auto says = [type](std::string_view word) {
    return type.is(rpc::Kind::string) && rpc::says(type.raw, word);
  };
  if (says("string")) {
    return rpc::Kind::string;
  }
  if (says("boolean")) {
    return rpc::Kind::boolean;
  }
  return says("integer") || says("number") ? rpc::Kind::number : rpc::Kind::none;
}

class Scan {
 public:
  // A schema that the arguments' root reaches by `properties` alone.
  Result<void> reachable(rpc::Value schema) {
    rpc::Value header, type, properties;
    rpc::pick(schema, {{annotation, &header}, {"type", &type}, {"properties", &properties}});
    if (header) {
      if (auto judged = declare(header, type); !judged) {
        return judged;
      }
    }
    rpc::Members members(schema);
    while (members.next()) {
      if (rpc::says(members.key, "properties")) {
        if (auto judged = children(members.value); !judged) {
          return judged;
        }
      } else if (!is_example(members.key) && mentions(members.value)) {
        return fail(
            Errc::invalid,
            std::string(annotation) + " stands under " + std::string(members.key) +
                ", may stand under \"properties\" only"
        );
      }
    }
    return {};
  }

  std::vector<era::ParamHeader> found;

 private:
  Result<void> children(rpc::Value properties) {
    rpc::Members members(properties);
    while (members.next()) {
      path_.push_back(rpc::text_of(members.key));
      if (auto judged = reachable(members.value); !judged) {
        return judged;
      }
      path_.pop_back();
    }
    return {};
  }

  Result<void> declare(rpc::Value header, rpc::Value type) {
    const std::string at = "argument \"" + text::join(path_, ".") + "\": ";
    if (path_.empty()) {
      return fail(Errc::invalid, "x-mcp-header stands at the schema's root");
    }
    if (!header.is(rpc::Kind::string) || !is_token(rpc::text_of(header.raw))) {
      return fail(Errc::invalid, at + "x-mcp-header must be a header name (RFC 9110 token)");
    }
    const rpc::Kind kind = kind_of_type(type);
    if (kind == rpc::Kind::none) {
      return fail(Errc::invalid, at + "x-mcp-header needs the type string, integer or boolean");
    }
    const std::string name = "Mcp-Param-" + rpc::text_of(header.raw);
    for (const era::ParamHeader& other : found) {
      if (text::iequals(other.header, name)) {
        return fail(Errc::invalid, at + "another argument has the header " + name + " already");
      }
    }
    found.push_back({path_, name, kind});
    return {};
  }

  static bool is_example(std::string_view key) {
    return rpc::says(key, "default") || rpc::says(key, "examples") || rpc::says(key, "const") ||
           rpc::says(key, "enum");
  }

  static bool mentions(rpc::Value value) {
    rpc::Elements elements(value);
    while (elements.next()) {
      if (mentions(elements.value)) {
        return true;
      }
    }
    rpc::Members members(value);
    while (members.next()) {
      if (rpc::says(members.key, annotation) ||
          (!is_example(members.key) && mentions(members.value))) {
        return true;
      }
    }
    return false;
  }

  std::vector<std::string> path_;
};

}  // namespace

Result<std::vector<era::ParamHeader>> param_headers(rpc::Value input_schema) {
  Scan scan;
  if (const auto scanned = scan.reachable(input_schema); !scanned) {
    return tl::unexpected(scanned.error());
  }
  return std::move(scan.found);
}

}  // namespace mooring::catalogue
