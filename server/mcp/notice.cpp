// SPDX-License-Identifier: Apache-2.0
#include "server/mcp/mcp.hpp"
#include "server/mcp/splice.hpp"

namespace mooring::mcp {
namespace {

constexpr std::string_view progress = "notifications/progress";

}  // namespace

std::string notice_body(const Ask& ask, std::string_view method, std::string_view raw_params) {
  const rpc::Value params = rpc::first_value(raw_params);
  const bool is_progress = method == progress;
  if (!params.is(rpc::Kind::object) || (is_progress && !ask.call->progress_token)) {
    return {};
  }
  std::string out = "{";
  if (is_progress) {
    append_member(out, "progressToken", ask.call->progress_token.raw);
  }
  rpc::Value meta;
  rpc::pick(params, {{"_meta", &meta}});
  rpc::append_members(out, params, {"_meta", is_progress ? "progressToken" : "_meta"});
  std::string lasting = "{";
  append_lasting_meta(lasting, meta);
  if (lasting.size() > 1) {
    append_member(out, "_meta", lasting + "}");
  }
  return rpc::notification_body(method, out + "}");
}

namespace {

std::string subscription_meta(const Listen& listen) {
  std::string meta = "{";
  append_member(meta, era::key::subscription_id, listen.id);
  return meta;
}

}  // namespace

std::string acknowledged_body(const Listen& listen) {
  std::string honoured = "{";
  if (listen.tools) {
    append_member(honoured, "toolsListChanged", "true");
  }
  if (listen.prompts) {
    append_member(honoured, "promptsListChanged", "true");
  }
  if (listen.resources) {
    append_member(honoured, "resourcesListChanged", "true");
  }
  if (!listen.updates.empty()) {
    std::string uris = "[";
    for (const Listen::Resource& resource : listen.updates) {
      uris += uris.size() > 1 ? "," : "";
      rpc::append_quoted(uris, resource.uri);
    }
    append_member(honoured, "resourceSubscriptions", uris + "]");
  }
  return rpc::notification_body(
      "notifications/subscriptions/acknowledged",
      R"({"_meta":)" + subscription_meta(listen) + R"(},"notifications":)" + honoured + "}}"
  );
}

std::string heard_body(const Listen& listen, std::string_view method, std::string_view raw_params) {
  const rpc::Value params = raw_params.empty() ? rpc::Value() : rpc::first_value(raw_params);
  rpc::Value meta;
  rpc::pick(params, {{"_meta", &meta}});
  std::string own = subscription_meta(listen);
  append_lasting_meta(own, meta);
  std::string out = R"({"_meta":)" + own + "}";
  rpc::append_members(out, params, {"_meta"});
  return rpc::notification_body(method, out + "}");
}

std::string listened_body(const Listen& listen, const Profile& profile) {
  std::string meta = subscription_meta(listen);
  append_member(meta, era::key::server_info, profile.server_info());
  return rpc::result_body(listen.id, R"({"resultType":"complete","_meta":)" + meta + "}}");
}

}  // namespace mooring::mcp
