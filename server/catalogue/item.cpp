// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/item.hpp"

#include "core/text/ascii.hpp"
#include "server/catalogue/merge.hpp"

#include <algorithm>
#include <unordered_set>

namespace mooring::catalogue {
namespace {

constexpr std::size_t max_tool_name = 128;
constexpr std::size_t max_id = 8192;

// What an item of a kind is called in messages, and which member tells it from others.
struct Form {
  std::string_view noun;
  std::string_view id;
};

Form form_of(Kind kind) {
  switch (kind) {
    case Kind::tools:
      return {"tool", "name"};
    case Kind::prompts:
      return {"prompt", "name"};
    case Kind::resources:
      return {"resource", "uri"};
    case Kind::templates:
      return {"resource template", "uriTemplate"};
  }
  return {};
}

std::string called(Kind kind, const std::string& id) {
  return std::string(form_of(kind).noun) + " " + text::quoted(id);
}

bool is_tool_name(std::string_view name) {
  return !name.empty() && name.size() <= max_tool_name &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.' || c == '/';
         });
}

Result<void> read_tool(rpc::Value value, Item& item, std::vector<std::string>& notes) {
  if (!is_tool_name(item.id)) {
    return fail(
        Errc::invalid,
        "tool name " + text::quoted(item.id) +
            " must be 1 to 128 of the characters A-Z a-z 0-9 _ - . /"
    );
  }
  rpc::Value schema;
  if (!rpc::pick(value, {{"inputSchema", &schema}}) || !schema.is(rpc::Kind::object)) {
    return fail(
        Errc::invalid, called(Kind::tools, item.id) + " needs an \"inputSchema\", an object"
    );
  }
  item.input_schema = schema.raw;
  if (auto headers = param_headers(schema)) {
    item.param_headers = *std::move(headers);
  } else {
    notes.push_back(
        called(Kind::tools, item.id) + ": " + headers.error().message +
        "; no argument of it is checked against a header"
    );
  }
  return {};
}

void read_template(Item& item, std::vector<std::string>& notes) {
  if (auto compiled = UriTemplate::compile(item.id)) {
    item.uri_template = *std::move(compiled);
  } else {
    notes.push_back(compiled.error().message + "; it is listed, but leads no read to its backend");
  }
}

Result<Item> read_item(Kind kind, const std::string& raw, std::vector<std::string>& notes) {
  const Form form = form_of(kind);
  MOORING_TRY(const rpc::Value value, rpc::check(raw));
  rpc::Value id, name;
  if (!value.is(rpc::Kind::object) || !rpc::pick(value, {{form.id, &id}}) ||
      !rpc::pick(value, {{"name", &name}}) || !id.is(rpc::Kind::string)) {
    return fail(
        Errc::invalid,
        "a " + std::string(form.noun) + " must be an object with one \"" + std::string(form.id) +
            "\", a string"
    );
  }
  Item item;
  item.raw = value.raw;
  item.id = rpc::text_of(id.raw);
  item.name = item.id;
  if (!name.is(rpc::Kind::string)) {
    return fail(Errc::invalid, called(kind, item.id) + " needs a \"name\", a string");
  }
  if (item.id.empty() || item.id.size() > max_id) {
    return fail(
        Errc::invalid,
        "the \"" + std::string(form.id) + "\" of a " + std::string(form.noun) +
            " must have 1 to 8192 bytes"
    );
  }
  if (kind == Kind::tools) {
    if (auto read = read_tool(value, item, notes); !read) {
      return tl::unexpected(read.error());
    }
  } else if (kind == Kind::templates) {
    read_template(item, notes);
  }
  return item;
}

}  // namespace

std::vector<Item> read_items(
    Kind kind, const std::vector<Offer>& offers, std::vector<std::string>& warnings
) {
  std::vector<Item> items;
  for (std::size_t backend = 0; backend < offers.size(); ++backend) {
    std::unordered_set<std::string> seen;
    for (const std::string& raw : offers[backend].offers->of(kind)) {
      std::vector<std::string> notes;
      auto item = read_item(kind, raw, notes);
      if (item && !seen.insert(item->id).second) {
        item = fail(Errc::invalid, called(kind, item->id) + " is listed twice, the first stays");
      }
      if (item) {
        item->backend = backend;
        items.push_back(*std::move(item));
      } else {
        notes.push_back(item.error().message + " (left out)");
      }
      for (const std::string& note : notes) {
        warnings.push_back("backend " + text::quoted(offers[backend].backend) + ": " + note);
      }
    }
  }
  return items;
}

// `execution` offers tasks of an earlier generation, which are not served.
std::string listed_form(Kind kind, const Item& item) {
  const rpc::Value value = rpc::first_value(item.raw);
  rpc::Value execution;
  if (kind == Kind::tools) {
    rpc::pick(value, {{"execution", &execution}});
  }
  if (item.name == item.id && !execution) {
    return std::string(item.raw);
  }
  std::string raw = R"({"name":)";
  rpc::append_quoted(raw, item.name);
  rpc::append_members(raw, value, {"name", execution ? "execution" : "name"});
  return raw += '}';
}

}  // namespace mooring::catalogue
