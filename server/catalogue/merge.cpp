// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/merge.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace mooring::catalogue {
namespace {

constexpr std::size_t max_name = 128;

struct Candidate {
  Tool tool;
  std::string_view raw;
};

bool is_tool_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.' || c == '/';
         });
}

Result<Candidate> read_tool(const std::string& raw, std::vector<std::string>& warnings) {
  MOORING_TRY(const rpc::Value value, rpc::check(raw));
  rpc::Value name, schema;
  if (!value.is(rpc::Kind::object) ||
      !rpc::pick(value, {{"name", &name}, {"inputSchema", &schema}}) ||
      !name.is(rpc::Kind::string)) {
    return fail(Errc::invalid, "a tool must be an object with one \"name\", a string");
  }
  Candidate candidate;
  candidate.raw = value.raw;
  candidate.tool.own_name = rpc::text_of(name.raw);
  if (!is_tool_name(candidate.tool.own_name)) {
    return fail(
        Errc::invalid,
        "tool name " + text::quoted(candidate.tool.own_name) +
            " must be 1 to 128 of the characters A-Z a-z 0-9 _ - . /"
    );
  }
  if (!schema.is(rpc::Kind::object)) {
    return fail(
        Errc::invalid,
        "tool " + text::quoted(candidate.tool.own_name) + " needs an \"inputSchema\", an object"
    );
  }
  auto headers = param_headers(schema);
  if (headers) {
    candidate.tool.param_headers = *std::move(headers);
  } else {
    warnings.push_back(
        "tool " + text::quoted(candidate.tool.own_name) + ": " + headers.error().message +
        "; no argument of it is checked against a header"
    );
  }
  return candidate;
}

std::vector<Candidate> read_offers(
    const std::vector<Offer>& offers, std::vector<std::string>& warnings
) {
  std::vector<Candidate> candidates;
  for (std::size_t backend = 0; backend < offers.size(); ++backend) {
    std::unordered_set<std::string> seen;
    for (const std::string& raw : offers[backend].tools) {
      std::vector<std::string> notes;
      auto candidate = read_tool(raw, notes);
      if (candidate && !seen.insert(candidate->tool.own_name).second) {
        candidate = fail(
            Errc::invalid,
            "tool " + text::quoted(candidate->tool.own_name) + " is listed twice, the first stays"
        );
      }
      if (candidate) {
        candidate->tool.backend = backend;
        candidate->tool.name = candidate->tool.own_name;
        candidates.push_back(*std::move(candidate));
      } else {
        notes.push_back(candidate.error().message + " (left out)");
      }
      for (const std::string& note : notes) {
        warnings.push_back("backend " + text::quoted(offers[backend].backend) + ": " + note);
      }
    }
  }
  return candidates;
}

// A prefix can make a new conflict, so until there is none. It ends: a round gives at least one
// more tool its prefix, and prefixed names differ, as a backend's name has no underscore.
void resolve_names(std::vector<Candidate>& candidates, const std::vector<Offer>& offers) {
  for (bool settled = false; !settled;) {
    settled = true;
    std::unordered_map<std::string, int> claims;
    for (const Candidate& candidate : candidates) {
      ++claims[candidate.tool.name];
    }
    for (Candidate& candidate : candidates) {
      Tool& tool = candidate.tool;
      if (claims[tool.name] > 1 && tool.name == tool.own_name) {
        tool.name = offers[tool.backend].backend + "_" + tool.own_name;
        settled = false;
      }
    }
  }
}

// Byte for byte as its backend wrote it, but for its name and for `execution`, which offers tasks
// that we do not serve.
std::string listed_form(const Candidate& candidate) {
  const rpc::Value value = rpc::first_value(candidate.raw);
  rpc::Value execution;
  rpc::pick(value, {{"execution", &execution}});
  if (candidate.tool.name == candidate.tool.own_name && !execution) {
    return std::string(candidate.raw);
  }
  std::string raw = R"({"name":)";
  rpc::append_quoted(raw, candidate.tool.name);
  rpc::append_members(raw, value, {"name", "execution"});
  return raw += '}';
}

}  // namespace

Merged merge(const std::vector<Offer>& offers) {
  Merged merged;
  std::vector<Candidate> candidates = read_offers(offers, merged.warnings);
  resolve_names(candidates, offers);
  merged.tools.reserve(candidates.size());
  for (Candidate& candidate : candidates) {
    merged.listed.push_back(listed_form(candidate));
    merged.tools.push_back(std::move(candidate.tool));
  }
  return merged;
}

}  // namespace mooring::catalogue
