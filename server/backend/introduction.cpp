// SPDX-License-Identifier: Apache-2.0
#include "server/backend/introduction.hpp"

#include "server/rpc/message.hpp"

namespace mooring::backend {
namespace {

// What a client can be asked is for each client to say. A server of these generations wants to know
// it once for all; where it asks a client that cannot be asked, the answer says so.
constexpr std::string_view client_capabilities =
    R"({"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}})";
constexpr std::string_view client_info = R"({"name":"mooring","version":")" MOORING_VERSION R"("})";

bool offers_modern(std::string_view discover_result) {
  rpc::Value versions;
  rpc::pick(rpc::first_value(discover_result), {{"supportedVersions", &versions}});
  if (!versions.is(rpc::Kind::array)) {
    return false;
  }
  rpc::Elements elements(versions);
  while (elements.next()) {
    if (elements.value.is(rpc::Kind::string) &&
        rpc::says(elements.value.raw, era::modern_version)) {
      return true;
    }
  }
  return false;
}

bool is_true(rpc::Value value) {
  return value.raw == "true";
}

catalogue::Capabilities read_capabilities(rpc::Value declared) {
  rpc::Value tools, resources, prompts, completions, logging, subscribe;
  rpc::pick(
      declared,
      {{"tools", &tools},
       {"resources", &resources},
       {"prompts", &prompts},
       {"completions", &completions},
       {"logging", &logging}}
  );
  rpc::pick(resources, {{"subscribe", &subscribe}});
  return {
      .tools = tools.is(rpc::Kind::object),
      .resources = resources.is(rpc::Kind::object),
      .subscriptions = is_true(subscribe),
      .prompts = prompts.is(rpc::Kind::object),
      .completions = completions.is(rpc::Kind::object),
      .logging = logging.is(rpc::Kind::object)};
}

catalogue::Offers read_offers(std::string_view raw_result) {
  rpc::Value capabilities, instructions;
  rpc::pick(
      rpc::first_value(raw_result),
      {{"capabilities", &capabilities}, {"instructions", &instructions}}
  );
  catalogue::Offers offers;
  offers.capabilities = read_capabilities(capabilities);
  if (instructions.is(rpc::Kind::string)) {
    offers.instructions = rpc::text_of(instructions.raw);
  }
  return offers;
}

}  // namespace

std::string modern_meta() {
  std::string meta = "\"_meta\":{";
  rpc::append_quoted(meta, era::key::protocol_version);
  meta.append(":\"").append(era::modern_version).append("\",");
  rpc::append_quoted(meta, era::key::client_info);
  meta.append(":").append(client_info).append(",");
  rpc::append_quoted(meta, era::key::client_capabilities);
  return meta.append(":{}}");
}

std::string error_message(std::string_view raw_error) {
  rpc::Value message;
  rpc::pick(rpc::first_value(raw_error), {{"message", &message}});
  return message.is(rpc::Kind::string) ? rpc::text_of(message.raw).substr(0, 300)
                                       : std::string(raw_error.substr(0, 300));
}

Introduction::Turn Introduction::begin(bool ask_discover) {
  if (!ask_discover) {
    return initialize();
  }
  discover_ = Question::open;
  return Turn::ask_discover;
}

Introduction::Turn Introduction::initialize() {
  initialize_ = Question::open;
  return Turn::ask_initialize;
}

Introduction::Turn Introduction::discovered(const Answer& answer) {
  discover_ = Question::answered;
  if (decided_) {
    return Turn::wait;
  }
  if (!answer.is_error && offers_modern(answer.raw)) {
    decided_ = true;
    if (initialize_ == Question::open) {
      // Whoever is asked to initialize may speak the older generation from then on.
      return Turn::again;
    }
    offers_ = read_offers(answer.raw);
    return Turn::modern;
  }
  switch (initialize_) {
    case Question::unasked:
      return initialize();
    case Question::open:
      return Turn::wait;
    case Question::answered:
      break;
  }
  return Turn::failed;
}

Introduction::Turn Introduction::impatient() {
  return discover_ == Question::open && initialize_ == Question::unasked ? initialize()
                                                                         : Turn::wait;
}

Introduction::Turn Introduction::initialized(const Answer& answer) {
  initialize_ = Question::answered;
  if (decided_) {
    return Turn::wait;
  }
  if (answer.is_error) {
    why_ = "refused initialize: " + error_message(answer.raw);
    return discover_ == Question::open ? Turn::wait : Turn::failed;
  }
  rpc::Value version;
  rpc::pick(rpc::first_value(answer.raw), {{"protocolVersion", &version}});
  const std::string text =
      version.is(rpc::Kind::string) ? rpc::text_of(version.raw) : std::string(version.raw);
  decided_ = true;
  if (era::legacy_version(text).empty()) {
    why_ = "speaks MCP version \"" + text.substr(0, 80) +
           "\", which this program does not; it speaks 2026-07-28, 2025-11-25, 2025-06-18, "
           "2025-03-26 and 2024-11-05";
    return Turn::failed;
  }
  offers_ = read_offers(answer.raw);
  if (text == "2024-11-05") {
    // The capability is younger: there, whoever had prompts or resources might complete.
    const catalogue::Capabilities& has = offers_.capabilities;
    offers_.capabilities.completions = has.prompts || has.resources;
  }
  return Turn::legacy;
}

std::string discover_params() {
  return "{" + modern_meta() + "}";
}

std::string initialize_params() {
  return std::string(R"({"protocolVersion":")")
      .append(era::legacy_versions.front())
      .append(R"(","capabilities":)")
      .append(client_capabilities)
      .append(R"(,"clientInfo":)")
      .append(client_info)
      .append("}");
}

std::string listen_params(
    const catalogue::Capabilities& capabilities, const std::set<std::string>& watched
) {
  std::string params = "{" + modern_meta() + R"(,"notifications":{"toolsListChanged":true)";
  if (capabilities.resources) {
    params += R"(,"resourcesListChanged":true)";
  }
  if (capabilities.prompts) {
    params += R"(,"promptsListChanged":true)";
  }
  for (const std::string& uri : watched) {
    params += uri == *watched.begin() ? R"(,"resourceSubscriptions":[)" : ",";
    rpc::append_quoted(params, uri);
  }
  params += watched.empty() ? "" : "]";
  return params + "}}";
}

}  // namespace mooring::backend
