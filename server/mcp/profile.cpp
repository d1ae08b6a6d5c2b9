// SPDX-License-Identifier: Apache-2.0
#include "server/mcp/mcp.hpp"

namespace mooring::mcp {
namespace {

// A list may come with a backend that is not up yet, so tools are declared in any case.
std::string render(const catalogue::Capabilities& can) {
  std::string out = R"({"tools":{"listChanged":true})";
  if (can.resources) {
    out += R"(,"resources":{"listChanged":true)";
    out += can.subscriptions ? R"(,"subscribe":true})" : "}";
  }
  out += can.prompts ? R"(,"prompts":{"listChanged":true})" : "";
  out += can.completions ? R"(,"completions":{})" : "";
  out += can.logging ? R"(,"logging":{})" : "";
  return out + "}";
}

}  // namespace

Profile::Profile(
    std::string_view name,
    std::string_view version,
    const catalogue::Capabilities& capabilities,
    std::string_view instructions
)
    : server_info_(R"({"name":)"), about_("\"capabilities\":" + render(capabilities)) {
  rpc::append_quoted(server_info_, name);
  server_info_ += R"(,"version":)";
  rpc::append_quoted(server_info_, version);
  server_info_ += '}';
  if (!instructions.empty()) {
    about_ += ",\"instructions\":";
    rpc::append_quoted(about_, instructions);
  }
  // As long as a list may be kept: what we can follows from what the backends can.
  discover_result_ = R"({"resultType":"complete","supportedVersions":["2026-07-28"],)" + about_ +
                     R"(,"ttlMs":60000,"cacheScope":"public","_meta":{")" +
                     std::string(era::key::server_info) + "\":" + server_info_ + "}}";
}

std::string Profile::initialize_result(std::string_view version) const {
  return R"({"protocolVersion":")" + std::string(version) + "\"," + about_ + R"(,"serverInfo":)" +
         server_info_ + "}";
}

}  // namespace mooring::mcp
