// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/command.hpp"
#include "operator/mcpctl/input.hpp"
#include "operator/mcpctl/local.hpp"
#include "operator/validate/validate.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <sys/mman.h>
#include <unistd.h>

namespace mooring::mcpctl {
namespace {

namespace fs = std::filesystem;

// Beside this program, in the build tree's neighbour folder, or wherever PATH leads.
std::string find_server_program() {
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& candidate :
       {here / "mcp-server",
        here / ".." / "server" / "mcp-server",
        here / ".." / ".." / "server" / "mcp-server"}) {
    if (access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, error)) {
      return candidate.lexically_normal().string();
    }
  }
  return "mcp-server";
}

Result<api::Object> choose_server(
    const std::vector<api::Object>& objects, const ServeOptions& options
) {
  const auto servers = servers_in(objects);
  std::vector<api::Object> chosen;
  for (const api::Object& server : servers) {
    if (options.name.empty() || server.name() == options.name) {
      chosen.push_back(server);
    }
  }
  if (chosen.size() == 1) {
    return chosen.front();
  }
  if (servers.empty()) {
    return fail(Errc::invalid, options.file + " has no McpServer");
  }
  std::string names;
  for (const api::Object& server : servers) {
    names += (names.empty() ? "" : ", ") + server.name();
  }
  return fail(
      Errc::invalid, options.file + " has the McpServers " + names + "; choose one with --name"
  );
}

// The settings may hold secrets, so they are put into memory that goes away with the server, and
// handed on as its standard input: no file is left behind and no child of it inherits them.
Result<void> hand_over(const std::string& settings) {
  const int memory = memfd_create("settings", 0);
  std::size_t written = 0;
  while (memory >= 0 && written < settings.size()) {
    const ssize_t count = write(memory, settings.data() + written, settings.size() - written);
    if (count <= 0) {
      break;
    }
    written += static_cast<std::size_t>(count);
  }
  if (written < settings.size() || lseek(memory, 0, SEEK_SET) != 0 || dup2(memory, 0) != 0) {
    return fail(
        Errc::unavailable, std::string("cannot hand over the settings: ") + std::strerror(errno)
    );
  }
  close(memory);
  return {};
}

int become(const std::string& program) {
  const char* arguments[] = {"mcp-server", "serve", "--settings", "/dev/stdin", "--hint", nullptr};
  execvp(program.c_str(), const_cast<char* const*>(arguments));
  return complain(
      exit_environment,
      "cannot start " + program + ": " + std::strerror(errno) +
          "; build it or put it beside mcpctl or into PATH"
  );
}

}  // namespace

int serve(const ServeOptions& options) {
  const auto objects = read_objects(options.file);
  if (!objects) {
    return complain(exit_invalid, objects.error().message);
  }
  const auto object = choose_server(*objects, options);
  if (!object) {
    return complain(exit_invalid, object.error().message);
  }
  const auto refuse = [&](const std::vector<FieldError>& errors) {
    return complain(
        exit_invalid,
        options.file + ": " + shown_name(*object) + " is not valid:\n  " + describe(errors, "\n  ")
    );
  };
  const auto server = accept(*object);
  if (!server) {
    return refuse(server.error());
  }
  const fs::path folder =
      options.file == "-" ? fs::current_path() : fs::absolute(options.file).parent_path();
  const auto document = local_settings(
      *server,
      *objects,
      {folder.lexically_normal().string(), options.port, options.admin_port, options.log_format}
  );
  if (!document) {
    return refuse(document.error());
  }
  if (const auto handed = hand_over(settings::print(*document).dump()); !handed) {
    return complain(exit_environment, handed.error().message);
  }
  return become(find_server_program());
}

}  // namespace mooring::mcpctl
