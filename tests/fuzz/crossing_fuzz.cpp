// SPDX-License-Identifier: Apache-2.0
// A call on its way to a backend and back, in each pair of generations. The first line is what the
// client posts (its headers are made to fit), the second what the backend answers or tells.
#include "core/text/encoding.hpp"
#include "server/mcp/mcp.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <set>
#include <string>

namespace mooring::fuzz {
namespace {

using namespace std::chrono_literals;
using era::Generation;

const session::Time now{1'000'000s};
const session::Session a_session{"2025-11-25", "client", "1", 31, now, now + 1h};

const seal::Ring& ring() {
  static const seal::Ring made = *seal::Ring::of("k1", std::string(32, 's'));
  return made;
}

std::shared_ptr<const catalogue::Offers> offers() {
  catalogue::Offers made;
  made.capabilities = {true, true, true, true, true, true};
  made.tools = {
      R"({"name":"echo","inputSchema":{"type":"object"}})",
      R"({"name":"find","inputSchema":{"properties":{"region":{"type":"string","x-mcp-header":"Region"}}}})"};
  made.prompts = {R"({"name":"greet"})"};
  made.resources = {R"({"uri":"crm://deals","name":"deals"})"};
  made.templates = {R"({"uriTemplate":"crm://deals/{id}","name":"deal"})"};
  return std::make_shared<const catalogue::Offers>(std::move(made));
}

const mcp::Profile& profile() {
  static const mcp::Profile made("fuzzed", "1", offers()->capabilities, "Ask.");
  return made;
}

const catalogue::Catalogue& lists() {
  static const catalogue::Catalogue made(
      {{"one", offers()}, {"two", offers()}}, {profile().server_info(), 2}, ring()
  );
  return made;
}

// As a client that keeps all rules would send them, with what they point into.
struct Headers {
  explicit Headers(const rpc::Message& message) {
    rpc::Value name, uri, meta, version;
    rpc::pick(message.params, {{"name", &name}, {"uri", &uri}, {"_meta", &meta}});
    rpc::pick(meta, {{era::key::protocol_version, &version}});
    method = message.method ? rpc::text_of(message.method.raw) : "";
    const rpc::Value about = name ? name : uri;
    subject = about.is(rpc::Kind::string)
                  ? "=?base64?" + text::base64(rpc::text_of(about.raw)) + "?="
                  : "";
    request.headers = {{"Mcp-Method", method}};
    if (!subject.empty()) {
      request.headers.push_back({"Mcp-Name", subject});
    }
    if (version) {
      request.headers.push_back({"MCP-Protocol-Version", era::modern_version});
    }
  }

  std::string method;
  std::string subject;
  http::Request request;
};

rpc::Value must_be_json(std::string_view text, const char* what) {
  const auto value = rpc::check(text);
  require(value.has_value(), what);
  return *value;
}

bool has_doubles(rpc::Value object) {
  std::set<std::string> seen;
  rpc::Members members(object);
  while (members.next()) {
    if (!seen.insert(rpc::text_of(members.key)).second) {
      return true;
    }
  }
  return false;
}

void check_reply(const mcp::Reply& reply, const era::Call& call, bool may_have_doubles) {
  const rpc::Value body = must_be_json(reply.body, "a reply is JSON");
  rpc::Value id, result, error;
  require(
      rpc::pick(body, {{"id", &id}, {"result", &result}, {"error", &error}}), "each member once"
  );
  require(id.raw == call.id.raw, "a reply has the id of its request");
  require(result.is(rpc::Kind::object) != error.is(rpc::Kind::object), "a result or an error");
  require(may_have_doubles || !has_doubles(result), "no member of a result stands there twice");
}

void try_answer(const mcp::Ask& ask, std::string_view raw, Generation backend) {
  const rpc::Value value = rpc::first_value(raw);
  for (const bool is_error : {false, true}) {
    const mcp::Answer answer{backend, is_error, raw};
    mcp::says_not_found(ask, answer);
    check_reply(mcp::reply_of(ask, answer, profile()), *ask.call, has_doubles(value));
  }
  if (value.is(rpc::Kind::object)) {
    for (const char* method : {"notifications/progress", "notifications/message"}) {
      const std::string notice = mcp::notice_body(ask, method, raw);
      require(notice.empty() || rpc::check(notice), "a notification is JSON");
    }
  }
}

void try_ask(const mcp::Ask& ask, std::string_view answer) {
  for (const Generation backend : {Generation::legacy, Generation::modern}) {
    const mcp::Hop hop{backend, 7, era::LogLevel::info, true};
    must_be_json(mcp::params_of(ask, hop), "params are JSON");
    if (rpc::check(answer)) {
      try_answer(ask, answer, backend);
    }
  }
  must_be_json(mcp::failure(ask, answer).body, "a failure is JSON");
}

struct Obey {
  const era::Call& call;
  std::string_view answer;

  void operator()(const mcp::Reply& reply) const { check_reply(reply, call, false); }

  void operator()(const mcp::Accepted&) const {}

  void operator()(const mcp::Ask& ask) const { try_ask(ask, answer); }

  void operator()(const mcp::SetLevel& set) const { check_reply(set.reply, call, false); }

  void operator()(const mcp::Subscribe& subscribe) const {
    check_reply(subscribe.reply, call, false);
  }

  void operator()(const mcp::Listen& listen) const {
    must_be_json(mcp::acknowledged_body(listen), "what is honoured is JSON");
    must_be_json(mcp::listened_body(listen, profile()), "the end of a stream is JSON");
    const auto params = rpc::check(answer);
    if (params && params->is(rpc::Kind::object)) {
      must_be_json(
          mcp::heard_body(listen, "notifications/resources/updated", answer),
          "what is heard is JSON"
      );
    }
  }
};

}  // namespace

void try_input(std::string_view input) {
  const auto end = std::min(input.find('\n'), input.size());
  const auto body = rpc::parse(input.substr(0, end));
  if (!body || body->is_batch) {
    return;
  }
  const Headers headers(body->message);
  const auto call = era::classify(body->message, headers.request);
  if (!call) {
    return;
  }
  const bool has_session =
      call->generation == Generation::legacy && call->method != era::Method::initialize;
  const mcp::Context context{profile(), lists(), ring(), now, 1h};
  const mcp::Step step =
      mcp::decide(*call, has_session ? &a_session : nullptr, headers.request, context);
  std::visit(Obey{*call, input.substr(std::min(end + 1, input.size()))}, step);
}

}  // namespace mooring::fuzz
