// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The document mcp-server starts from, as a plain struct. One field table gives the check, the
/// defaults, the environment names and the reference page.
namespace mooring::settings {

using std::chrono::milliseconds;

struct Server {
  std::string name;
  std::string version;   ///< the program's own when the document names none
  std::string instance;  ///< `name` when the document names none

  bool operator==(const Server&) const = default;
};

struct Listen {
  std::string address;
  std::uint16_t port = 0;  ///< 0: a free one
  std::string path;
  unsigned threads = 0;  ///< 0: one a core
  std::size_t max_body_bytes = 0;
  std::size_t max_connections = 0;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;

  bool operator==(const Listen&) const = default;
};

struct Admin {
  std::string address;
  std::uint16_t port = 0;  ///< 0: a free one

  bool operator==(const Admin&) const = default;
};

struct Sessions {
  std::string key_ring;  ///< empty: a key made at start, which no other replica can open
  milliseconds ttl{};
  milliseconds idle_timeout{};

  bool operator==(const Sessions&) const = default;
};

struct Logging {
  std::string level;   ///< debug, info, warn, error
  std::string format;  ///< json, text

  bool operator==(const Logging&) const = default;
};

/// How many processes of a stdio server there are, and how long.
struct Instances {
  enum class Mode : std::uint8_t { shared, per_session };

  Mode mode = Mode::shared;
  unsigned max = 16;                         ///< per_session
  std::optional<milliseconds> idle_timeout;  ///< none: never

  bool operator==(const Instances&) const = default;
};

/// A bridge's Unix socket.
struct StdioSocket {
  std::string path;
  milliseconds start_timeout{};
  bool check_arguments = true;
  Instances instances = {};

  bool operator==(const StdioSocket&) const = default;
};

/// A child process of this program.
struct StdioCommand {
  std::vector<std::string> argv;
  std::string directory;  ///< empty: the program's own
  std::map<std::string, std::string> env;
  milliseconds start_timeout{};
  bool check_arguments = true;  ///< of calls, by the schemas of its tools
  Instances instances = {};

  bool operator==(const StdioCommand&) const = default;
};

struct DeclaredTool {
  std::string name;
  std::string title;  ///< empty: none
  std::string description;
  nlohmann::json input_schema;
  std::string text;

  bool operator==(const DeclaredTool&) const = default;
};

struct DeclaredTools {
  std::vector<DeclaredTool> tools;

  bool operator==(const DeclaredTools&) const = default;
};

/// How clients see what a backend offers.
struct Exposure {
  enum class Prefix : std::uint8_t { when_conflicting, always, never };

  Prefix prefix = Prefix::when_conflicting;
  std::vector<std::string> include;           ///< patterns of tool names; empty: all
  std::vector<std::string> exclude;           ///< patterns of tool names
  std::map<std::string, std::string> rename;  ///< a tool's own name to the one that clients see

  bool operator==(const Exposure&) const = default;
};

struct Backend {
  std::string name;
  milliseconds timeout{};
  std::variant<StdioSocket, StdioCommand, DeclaredTools> kind;
  Exposure expose = {};

  bool operator==(const Backend&) const = default;
};

struct Settings {
  Server server;
  Listen listen;
  Admin admin;
  milliseconds drain_timeout{};
  Sessions sessions;
  Logging logging;
  std::vector<Backend> backends;
  std::vector<std::string> doubts = {};  ///< what is no error, but hardly meant; for people

  bool operator==(const Settings&) const = default;
};

/// The process environment, or the part of it that matters.
using Environment = std::map<std::string, std::string>;

/// Reads YAML or JSON. A variable such as MOORING_LISTEN_PORT replaces the field it names before
/// the check. Everything that is wrong is reported at once; the path is empty for the document
/// itself.
tl::expected<Settings, std::vector<FieldError>> parse(
    std::string_view text, const Environment& environment = {}
);

/// The same for a document at hand as a value.
tl::expected<Settings, std::vector<FieldError>> from_json(
    nlohmann::json document, const Environment& environment = {}
);

/// The whole document, defaults included: `from_json(print(s)) == s`.
nlohmann::json print(const Settings& settings);

/// The reference page: every field, then every environment variable.
std::string markdown();

}  // namespace mooring::settings
