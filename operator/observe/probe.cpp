// SPDX-License-Identifier: Apache-2.0
#include "operator/observe/probe.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/object.hpp"

#include <algorithm>

namespace mooring::observe {
namespace {

using namespace std::chrono_literals;
using api::integer_at;
using api::text_at;
using api::value_at;
using nlohmann::json;
using plan::Probe;

constexpr const char* modern = "2026-07-28";
constexpr const char* legacy = "2025-11-25";
constexpr int unsupported_version = -32022;
constexpr int pages_at_most = 20;
constexpr const char* session_header = "mcp-session-id";

json client_info() {
  return {{"name", "mooring-operator"}, {"version", MOORING_VERSION}};
}

/// What a POST came to: the JSON-RPC message, and the session if there is one.
struct Reply {
  int status = 0;
  std::string session;
  json message;

  bool has_result() const { return value_at(message, {"result"}).is_object(); }

  const json& result() const { return value_at(message, {"result"}); }

  std::int64_t error_code() const { return integer_at(message, {"error", "code"}); }

  std::string refusal() const {
    const std::string text = text_at(message, {"error", "message"});
    return "answered HTTP " + std::to_string(status) +
           (text.empty() ? "" : ": " + text::quoted(text, 300));
  }
};

/// The first JSON-RPC answer in an event stream (its `data:` lines up to a blank one).
std::string first_event(std::string_view stream) {
  std::string data;
  for (std::string_view line : text::split(stream, '\n')) {
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.starts_with("data:")) {
      data += text::trim(line.substr(5));
    } else if (line.empty() && !data.empty()) {
      const json message = json::parse(data, nullptr, false);
      if (message.is_object() && (message.contains("result") || message.contains("error"))) {
        return data;
      }
      data.clear();
    }
  }
  return data;
}

class Conversation {
 public:
  Conversation(const std::string& url, const Exchange& exchange) : url_(url), exchange_(exchange) {}

  Result<Reply> call(const char* method, json params) {
    net::ClientRequest request = base("POST");
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("Accept", "application/json, text/event-stream");
    if (!version_.empty()) {
      request.headers.emplace_back("MCP-Protocol-Version", version_);
    }
    if (is_modern()) {
      request.headers.emplace_back("Mcp-Method", method);
      params["_meta"] = {
          {"io.modelcontextprotocol/protocolVersion", version_},
          {"io.modelcontextprotocol/clientInfo", client_info()},
          {"io.modelcontextprotocol/clientCapabilities", json::object()}};
    }
    json message = {{"jsonrpc", "2.0"}, {"method", method}};
    if (std::string_view(method).find("notifications/") != 0) {
      message["id"] = ++id_;
    }
    if (!params.empty()) {
      message["params"] = std::move(params);
    }
    request.body = message.dump();
    MOORING_TRY(const net::ClientResponse response, exchange_(request));
    Reply answer;
    answer.status = response.status;
    answer.session = response.header(session_header);
    const bool is_stream = response.header("content-type").find("text/event-stream") == 0;
    answer.message =
        json::parse(is_stream ? first_event(response.body) : response.body, nullptr, false);
    return answer;
  }

  void speak(std::string version) { version_ = std::move(version); }

  void join(std::string session) { session_ = std::move(session); }

  /// So that the probe leaves no session behind. 405 is a fine answer.
  void leave() {
    if (!session_.empty()) {
      static_cast<void>(exchange_(base("DELETE")));
    }
  }

 private:
  bool is_modern() const { return version_ >= modern; }

  net::ClientRequest base(std::string method) const {
    net::ClientRequest request;
    request.method = std::move(method);
    request.url = url_;
    request.timeout = 5s;
    if (!session_.empty()) {
      request.headers.emplace_back("Mcp-Session-Id", session_);
    }
    return request;
  }

  std::string url_;
  const Exchange& exchange_;
  std::string version_;
  std::string session_;
  int id_ = 0;
};

Probe failed(std::string why) {
  Probe probe;
  probe.outcome = Probe::Outcome::failed;
  probe.error = std::move(why);
  return probe;
}

std::vector<std::string> strings(const json& list) {
  std::vector<std::string> found;
  for (const json& entry : list) {
    if (entry.is_string()) {
      found.push_back(entry);
    }
  }
  return found;
}

Result<std::int64_t> count_tools(Conversation& conversation) {
  std::int64_t count = 0;
  json params = json::object();
  for (int page = 0; page < pages_at_most; ++page) {
    MOORING_TRY(const Reply answer, conversation.call("tools/list", params));
    if (!answer.has_result()) {
      return fail(Errc::unavailable, "tools/list was " + answer.refusal());
    }
    count += static_cast<std::int64_t>(value_at(answer.result(), {"tools"}).size());
    const std::string cursor = text_at(answer.result(), {"nextCursor"});
    if (cursor.empty()) {
      break;
    }
    params["cursor"] = cursor;
  }
  return count;
}

Result<Probe> finish(
    Conversation& conversation, const json& info, std::vector<std::string> versions
) {
  Probe probe;
  probe.outcome = Probe::Outcome::verified;
  probe.server_name = text_at(info, {"name"});
  probe.server_version = text_at(info, {"version"});
  probe.protocol_versions = std::move(versions);
  MOORING_TRY(probe.tools, count_tools(conversation));
  return probe;
}

Result<Reply> initialize(Conversation& conversation) {
  conversation.speak("");
  return conversation.call(
      "initialize",
      {{"protocolVersion", legacy}, {"capabilities", json::object()}, {"clientInfo", client_info()}}
  );
}

Result<Probe> by_initialize(Conversation& conversation) {
  MOORING_TRY(const Reply answer, initialize(conversation));
  const std::string version = text_at(answer.message, {"result", "protocolVersion"});
  if (version.empty()) {
    return failed("initialize was " + answer.refusal());
  }
  conversation.speak(version);
  conversation.join(answer.session);
  MOORING_TRY(
      [[maybe_unused]] const Reply accepted,
      conversation.call("notifications/initialized", json::object())
  );
  auto probe = finish(conversation, value_at(answer.result(), {"serverInfo"}), {version});
  conversation.leave();
  return probe;
}

/// A server of the newer generation need not say that it serves the older one too.
void add_legacy_version(Conversation& conversation, std::vector<std::string>& versions) {
  const auto answer = initialize(conversation);
  const std::string version = answer ? text_at(answer->message, {"result", "protocolVersion"}) : "";
  if (version.empty()) {
    return;
  }
  conversation.speak(version);
  conversation.join(answer->session);
  conversation.leave();
  if (std::find(versions.begin(), versions.end(), version) == versions.end()) {
    versions.push_back(version);
  }
}

Result<Probe> converse(Conversation& conversation) {
  conversation.speak(modern);
  MOORING_TRY(Reply answer, conversation.call("server/discover", json::object()));
  if (answer.error_code() == unsupported_version) {
    const auto offered = strings(value_at(answer.message, {"error", "data", "supported"}));
    if (!offered.empty() && offered.back() >= modern) {
      conversation.speak(offered.back());
      MOORING_TRY(answer, conversation.call("server/discover", json::object()));
    }
  }
  if (answer.status == 401 || answer.status == 403) {
    return failed(answer.refusal());
  }
  if (!answer.has_result()) {
    return answer.status >= 500 ? failed("server/discover was " + answer.refusal())
                                : by_initialize(conversation);
  }
  const json info = value_at(answer.result(), {"_meta", "io.modelcontextprotocol/serverInfo"});
  MOORING_TRY(
      Probe probe,
      finish(conversation, info, strings(value_at(answer.result(), {"supportedVersions"})))
  );
  add_legacy_version(conversation, probe.protocol_versions);
  return probe;
}

}  // namespace

Probe probe(const std::string& url, bool is_inside, const Exchange& exchange) {
  Conversation conversation(url, exchange);
  Result<Probe> made = converse(conversation);
  if (made) {
    return *made;
  }
  Probe none = failed(url + ": " + made.error().message);
  if (!is_inside) {
    none.outcome = Probe::Outcome::unreachable;
    none.error = "this operator runs outside the cluster and cannot reach " + url;
  }
  return none;
}

}  // namespace mooring::observe
