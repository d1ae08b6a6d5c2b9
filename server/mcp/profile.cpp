// SPDX-License-Identifier: Apache-2.0
#include "server/mcp/mcp.hpp"

namespace mooring::mcp {
namespace {

// What we can do does not change while we run: a client may keep it for an hour.
constexpr std::string_view discover_head =
    R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},)"
    R"("ttlMs":3600000,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":)";

}  // namespace

Profile::Profile(std::string_view name, std::string_view version) {
  server_info_ = R"({"name":)";
  rpc::append_quoted(server_info_, name);
  server_info_ += R"(,"version":)";
  rpc::append_quoted(server_info_, version);
  server_info_ += '}';
  discover_result_ = std::string(discover_head) + server_info_ + "}}";
}

std::string Profile::initialize_result(std::string_view version) const {
  return R"({"protocolVersion":")" + std::string(version) +
         R"(","capabilities":{"tools":{}},"serverInfo":)" + server_info_ + "}";
}

}  // namespace mooring::mcp
