// SPDX-License-Identifier: Apache-2.0
#include "core/cli/subcommand.hpp"
#include "core/file/read_file.hpp"
#include "core/file/standard_output.hpp"
#include "core/log/log.hpp"
#include "core/net/http_client.hpp"
#include "server/bridge/bridge.hpp"
#include "server/bridge/install.hpp"
#include "server/child/descriptors.hpp"
#include "server/listen/serve.hpp"
#include "server/settings/settings.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <unistd.h>

namespace {

using namespace mooring;

// What a caller can act on; --help tells them.
constexpr int ok = 0;
constexpr int failed = 1;
constexpr int bad_input = 2;
constexpr int cannot_here = 3;

constexpr const char* about =
    "An MCP endpoint: Streamable HTTP in front of stdio MCP servers and declared tools.";

constexpr const char* footer = R"(
Examples:
  mcp-server serve --settings settings.json      serve what the document says
  mcp-server settings --check settings.json      say what is wrong with it, start nothing
  mcp-server settings --markdown                 every setting, its default and its environment name
  mcp-server health                              ask the server on this machine, for probes

The endpoint listens on port 3232 (/mcp, /health, /ready), metrics and state on 9090 (/metrics, /status).
It stops on SIGTERM: requests under way are finished, then it exits. A second signal ends it at once.

Exit codes: 0 fine, 1 failed while running, 2 wrong usage or settings, 3 this machine cannot do it
(a port in use, a file that cannot be written).)";

int complain(int code, const std::string& message) {
  log::flush();
  std::cerr << "mcp-server: " + message + "\n";
  return code;
}

settings::Environment environment() {
  settings::Environment variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (const auto equals = text.find('='); text.starts_with("MOORING_") && equals != text.npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

Result<settings::Settings> read_settings(const std::string& path) {
  auto text = file::read_file(path);
  if (!text) {
    return fail(
        Errc::invalid,
        text.error().message +
            "\n  Give the document with --settings FILE; `mcp-server settings --markdown` "
            "describes it."
    );
  }
  auto parsed = settings::parse(*text, environment());
  if (!parsed) {
    return fail(Errc::invalid, path + ":\n  " + describe(parsed.error(), "\n  "));
  }
  return std::move(*parsed);
}

// For a person who has started it by hand.
void tell(const std::string& name, const std::string& url) {
  log::flush();
  std::cerr << "serving " << name << " on " << url << " (stop with Ctrl-C). List its tools:\n"
            << "  curl -s " << url
            << " -H 'Content-Type: application/json' -H 'Accept: application/json, "
               "text/event-stream' \\\n"
               "    -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/list' \\\n"
               "    -d '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":"
               "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
               "\"io.modelcontextprotocol/clientCapabilities\":{}}}}'\n";
}

int serve(const std::string& path, const listen::Neighbours& neighbours, bool hint) {
  const auto settings = read_settings(path);
  if (!settings) {
    return complain(bad_input, settings.error().message);
  }
  const auto ended = listen::serve(*settings, neighbours, [&](unsigned short port) {
    if (hint) {
      tell(
          settings->server.name, "http://127.0.0.1:" + std::to_string(port) + settings->listen.path
      );
    }
  });
  if (ended) {
    return ok;
  }
  const bool input = ended.error().code == Errc::invalid;
  const bool here = ended.error().code == Errc::unavailable;
  // Who started it by mcpctl knows options and no settings.
  const char* choice = hint && here ? " (by --port or --admin-port)" : "";
  return complain(input ? bad_input : here ? cannot_here : failed, ended.error().message + choice);
}

int check_settings(const std::string& path) {
  const auto settings = read_settings(path);
  if (!settings) {
    return complain(bad_input, settings.error().message);
  }
  for (const std::string& doubt : settings->doubts) {
    complain(ok, "warning: " + doubt);
  }
  std::cout << settings::print(*settings).dump(2) << "\n";
  return ok;
}

int health(const std::string& url) {
  net::ClientRequest request;
  request.url = url;
  request.timeout = std::chrono::seconds(3);
  const auto response = net::exchange(request);
  if (!response) {
    return complain(failed, response.error().message);
  }
  std::cout << response->body;
  return response->status == 200 ? ok : failed;
}

struct Flags {
  std::string settings_path = "/etc/mooring/settings/settings.json";
  listen::Neighbours neighbours;
  bool hint = false;
  std::string checked_path;
  bool markdown = false;
  std::string url = "http://127.0.0.1:3232/ready";
  std::string socket;
  std::vector<std::string> command;
  std::string directory;
};

void add_commands(CLI::App& app, Flags& flags) {
  auto* serve_command = app.add_subcommand("serve", "Serve MCP as the settings document says");
  serve_command->add_option("--settings", flags.settings_path, "The document, YAML or JSON")
      ->capture_default_str();
  auto* advertise = serve_command->add_option(
      "--advertise",
      flags.neighbours.advertise,
      "IP[:PORT] at which other replicas reach this one; without it there are none"
  );
  auto* peers = serve_command->add_option(
      "--peers", flags.neighbours.peers, "HOST:PORT[,HOST:PORT...] behind which all replicas are"
  );
  advertise->needs(peers);
  peers->needs(advertise);
  serve_command->add_flag(
      "--hint", flags.hint, "Say, once it listens, how its tools are listed by hand on this machine"
  );

  auto* settings_command =
      app.add_subcommand("settings", "Check a settings document, or describe all settings");
  auto* check_option = settings_command->add_option(
      "--check", flags.checked_path, "The document to check; prints it with all defaults"
  );
  settings_command->add_flag("--markdown", flags.markdown, "Print the reference page")
      ->excludes(check_option);

  auto* health_command =
      app.add_subcommand("health", "Ask a server whether it is well; exit code 0 if so");
  health_command->add_option("--url", flags.url, "What to ask")->capture_default_str();

  auto* bridge_command = app.add_subcommand("bridge", "Offer a stdio MCP server on a Unix socket");
  bridge_command->add_option("socket", flags.socket, "Path of the socket to make")->required();
  bridge_command->add_option("command", flags.command, "The program and its arguments, after --")
      ->required();

  auto* install_command = app.add_subcommand(
      "install", "Copy this program with its loader and libraries into a directory"
  );
  install_command->add_option("directory", flags.directory, "Where to")->required();
}

int act(const CLI::App& app, const Flags& flags) {
  child::allow_more_descriptors();
  if (app.got_subcommand("serve")) {
    return serve(flags.settings_path, flags.neighbours, flags.hint);
  }
  if (app.got_subcommand("health")) {
    return health(flags.url);
  }
  if (app.got_subcommand("bridge")) {
    return bridge::run(flags.socket, flags.command);
  }
  if (app.got_subcommand("install")) {
    return bridge::install(flags.directory);
  }
  if (flags.markdown) {
    std::cout << settings::markdown();
    return ok;
  }
  if (flags.checked_path.empty()) {
    return complain(bad_input, "settings needs --check FILE or --markdown");
  }
  return check_settings(flags.checked_path);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app(about, "mcp-server");
  app.footer(footer);
  app.set_version_flag("--version", "mcp-server " MOORING_VERSION);
  app.require_subcommand(1);
  Flags flags;
  add_commands(app, flags);
  int code = ok;
  if (const auto wrong = argc > 1 ? cli::unknown_subcommand(app, argv[1]) : std::nullopt) {
    return complain(bad_input, *wrong);
  }
  try {
    app.parse(argc, argv);
    code = act(app, flags);
  } catch (const CLI::ParseError& error) {
    code = app.exit(error) == 0 ? ok : bad_input;
  }
  const auto written = file::finish_standard_output();
  return written || code != ok ? code : complain(failed, written.error().message);
}
