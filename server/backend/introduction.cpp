// SPDX-License-Identifier: Apache-2.0
#include "server/backend/introduction.hpp"

#include "server/rpc/message.hpp"

#include <algorithm>

namespace mooring::backend {
namespace {

constexpr std::size_t most_tools = 10'000;
constexpr std::size_t most_bytes = 64 << 20;

constexpr std::string_view client_info = R"({"name":"mooring","version":")" MOORING_VERSION R"("})";

std::string modern_meta() {
  std::string meta = "\"_meta\":{";
  rpc::append_quoted(meta, era::key::protocol_version);
  meta.append(":\"").append(era::modern_version).append("\",");
  rpc::append_quoted(meta, era::key::client_info);
  meta.append(":").append(client_info).append(",");
  rpc::append_quoted(meta, era::key::client_capabilities);
  return meta.append(":{}}");
}

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

int error_code_of(std::string_view raw_error) {
  rpc::Value code;
  rpc::pick(rpc::first_value(raw_error), {{"code", &code}});
  return code.is(rpc::Kind::number) ? static_cast<int>(rpc::integer_of(code).value_or(0)) : 0;
}

}  // namespace

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
  return Turn::legacy;
}

std::string discover_params() {
  return "{" + modern_meta() + "}";
}

std::string initialize_params() {
  return std::string(R"({"protocolVersion":")")
      .append(era::legacy_versions.front())
      .append(R"(","capabilities":{},"clientInfo":)")
      .append(client_info)
      .append("}");
}

std::string listen_params() {
  return "{" + modern_meta() + R"(,"notifications":{"toolsListChanged":true}})";
}

std::string Listing::params() const {
  std::string params = "{";
  if (generation_ == era::Generation::modern) {
    params += modern_meta();
  }
  if (!cursor_.empty()) {
    params.append(params.size() > 1 ? "," : "").append("\"cursor\":").append(cursor_);
  }
  return params += "}";
}

Result<bool> Listing::take(const Answer& answer) {
  if (!answer.is_error) {
    return take_result(answer.raw);
  }
  // A server without tools need not know the method.
  if (error_code_of(answer.raw) == rpc::code::method_not_found && tools.empty()) {
    return true;
  }
  return fail(Errc::unavailable, "refused tools/list: " + error_message(answer.raw));
}

Result<bool> Listing::take_result(std::string_view raw) {
  rpc::Value list;
  rpc::Value next;
  rpc::pick(rpc::first_value(raw), {{"tools", &list}, {"nextCursor", &next}});
  if (!list.is(rpc::Kind::array)) {
    return fail(Errc::unavailable, "answered tools/list without a list of tools");
  }
  bytes_ += raw.size();
  rpc::Elements elements(list);
  while (elements.next()) {
    tools.emplace_back(elements.value.raw);
    if (tools.size() > most_tools || bytes_ > most_bytes) {
      return fail(Errc::unavailable, "lists more than 10,000 tools or 64 MiB of them");
    }
  }
  if (!next.is(rpc::Kind::string)) {
    return true;
  }
  if (next.raw == cursor_) {
    return fail(Errc::unavailable, "gave the same cursor twice in tools/list");
  }
  cursor_ = next.raw;
  if ((bytes_ += cursor_.size() + 64) > most_bytes) {
    return fail(Errc::unavailable, "lists more than 10,000 tools or 64 MiB of them");
  }
  return false;
}

}  // namespace mooring::backend
