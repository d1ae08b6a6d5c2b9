// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "core/text/ascii.hpp"
#include "core/text/encoding.hpp"
#include "operator/mcpctl/command.hpp"
#include "operator/mcpctl/input.hpp"
#include "operator/render/render.hpp"
#include "operator/validate/validate.hpp"

#include <array>
#include <iostream>
#include <sys/random.h>

namespace mooring::mcpctl {
namespace {

Result<std::string> choose_key_ring(const std::string& file) {
  if (!file.empty()) {
    MOORING_TRY(std::string ring, read_file(file));
    // The rules are those for the Secret in a cluster.
    const api::Object secret(nlohmann::json{{"data", {{"ring.json", text::base64(ring)}}}});
    if (keys::kept_in(secret).ring.empty()) {
      return fail(
          Errc::invalid,
          file +
              R"( is no key ring; expected {"keys":[{"id":"k1","secret":"<base64url of 32 bytes>"}]})"
      );
    }
    return ring;
  }
  std::array<char, 32> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    return fail(Errc::unavailable, "the kernel gave no random bytes");
  }
  return keys::new_ring({random.data(), random.size()});
}

}  // namespace

int render(const RenderOptions& options) {
  const auto objects = read_objects(options.file);
  if (!objects) {
    return complain(exit_invalid, objects.error().message);
  }
  const auto servers = servers_in(*objects);
  if (servers.empty()) {
    return complain(exit_invalid, options.file + " has no McpServer");
  }
  const auto ring = choose_key_ring(options.key_ring_file);
  if (!ring) {
    return complain(
        ring.error().code == Errc::unavailable ? exit_environment : exit_invalid,
        ring.error().message
    );
  }
  for (const api::Object& object : servers) {
    auto server = accept(object);
    if (!server) {
      return complain(
          exit_invalid,
          options.file + ": " + shown_name(object) + " is not valid:\n  " +
              describe(server.error(), "\n  ")
      );
    }
    if (!options.namespace_.empty()) {
      server->key.namespace_ = options.namespace_;
    }
    render::RenderContext context{options.server_image, {*ring, ""}};
    context.with_automatic = false;
    for (const api::Object& child : render::desired(*server, context).objects) {
      std::cout << "---\n" << mooring::json::to_yaml(child.body());
    }
  }
  if (options.key_ring_file.empty()) {
    std::cerr << "mcpctl: the Secret holds a key made just now; give --key-ring FILE to keep one "
                 "from call to call\n";
  }
  return exit_ok;
}

}  // namespace mooring::mcpctl
