// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/exec_plugin.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/object.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mooring::kube {
namespace {

using nlohmann::json;

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_output = 1U << 20;
constexpr auto patience = 60s;
constexpr auto patience_with_user = 10min;
constexpr const char* known_versions[] = {
    "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"};

bool is_known(const std::string& version) {
  return std::find(std::begin(known_versions), std::end(known_versions), version) !=
         std::end(known_versions);
}

tl::unexpected<Error> refused(const ExecPlugin& plugin, const std::string& why) {
  return fail(Errc::invalid, plugin.origin + why);
}

Result<void> read_command(const json& exec, const std::string& folder, ExecPlugin& plugin) {
  std::string command = api::text_at(exec, {"command"});
  if (command.empty()) {
    return refused(plugin, "command: is missing; it names the program that gives the credentials");
  }
  // As in kubectl: a name alone is looked for in PATH, a path is the kubeconfig's.
  if (command.find('/') != std::string::npos) {
    command = (std::filesystem::path(folder) / command).string();
  }
  plugin.command = {std::move(command)};
  const json args = exec.value("args", json());
  if (!args.is_null() && !args.is_array()) {
    return refused(plugin, "args: must be a list of strings");
  }
  for (const json& arg : args) {
    if (!arg.is_string()) {
      return refused(plugin, "args: holds " + arg.dump() + ", must be a list of strings");
    }
    plugin.command.push_back(arg);
  }
  return {};
}

Result<void> read_environment(const json& exec, ExecPlugin& plugin) {
  const json env = exec.value("env", json());
  if (!env.is_null() && !env.is_array()) {
    return refused(plugin, "env: must be a list of {name, value}");
  }
  for (const json& variable : env) {
    const std::string name = api::text_at(variable, {"name"});
    if (name.empty()) {
      return refused(plugin, "env: holds an entry without a name");
    }
    if (!variable.contains("value") || !variable["value"].is_string()) {
      return refused(plugin, "env: the value of " + name + " is missing or no string");
    }
    plugin.environment[name] = variable["value"];
  }
  return {};
}

Result<void> read_mode(const json& exec, ExecPlugin& plugin) {
  const json said = exec.value("interactiveMode", json(""));
  const std::string mode = said.is_string() ? said.get<std::string>() : said.dump();
  if (!mode.empty() && mode != "Never" && mode != "IfAvailable" && mode != "Always") {
    return refused(
        plugin,
        "interactiveMode: is " + text::quoted(mode) + ", must be Never, IfAvailable or Always"
    );
  }
  plugin.may_ask = mode != "Never";
  plugin.must_ask = mode == "Always";
  const json wants = exec.value("provideClusterInfo", json());
  if (!wants.is_null() && !wants.is_boolean()) {
    return refused(plugin, "provideClusterInfo: is " + wants.dump() + ", must be true or false");
  }
  plugin.wants_cluster = wants.is_boolean() && wants.get<bool>();
  return {};
}

/// Ours, and what it is to know: NAME=VALUE.
std::vector<std::string> environment_of(const ExecPlugin& plugin, bool is_interactive) {
  json info = {
      {"apiVersion", plugin.api_version},
      {"kind", "ExecCredential"},
      {"spec", {{"interactive", is_interactive}}}};
  if (plugin.wants_cluster) {
    info["spec"]["cluster"] = plugin.cluster;
  }
  std::map<std::string, std::string> named = plugin.environment;
  named["KUBERNETES_EXEC_INFO"] = info.dump();
  std::vector<std::string> made;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view ours = *variable;
    if (!named.contains(std::string(ours.substr(0, ours.find('='))))) {
      made.emplace_back(ours);
    }
  }
  for (const auto& [name, value] : named) {
    made.push_back(name + "=" + value);
  }
  return made;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> made;
  for (std::string& word : words) {
    made.push_back(word.data());
  }
  made.push_back(nullptr);
  return made;
}

/// Answers its pid, or 0 and errno.
pid_t spawn(const ExecPlugin& plugin, bool is_interactive, int output) {
  std::vector<std::string> command = plugin.command;
  std::vector<std::string> environment = environment_of(plugin, is_interactive);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (!is_interactive) {
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  // We ignore it, and a shell cannot undo that.
  sigset_t as_usual;
  sigemptyset(&as_usual);
  sigaddset(&as_usual, SIGPIPE);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &as_usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawnp(
      &pid,
      command.front().c_str(),
      &actions,
      &attributes,
      pointers(command).data(),
      pointers(environment).data()
  );
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = error;
  return error == 0 ? pid : 0;
}

/// To the end, or nothing and why it was not waited for.
Result<std::string> read_all(int output, Clock::time_point end) {
  std::string text;
  std::array<char, 4096> piece{};
  while (text.size() <= longest_output) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd waited{output, POLLIN, 0};
    if (left.count() <= 0 || poll(&waited, 1, static_cast<int>(left.count())) == 0) {
      return fail(Errc::timeout, "took too long and was ended");
    }
    const ssize_t got = read(output, piece.data(), piece.size());
    if (got == 0) {
      return text;
    }
    if (got > 0) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  return fail(Errc::invalid, "printed more than a mebibyte and was ended");
}

Result<std::string> output_of(const ExecPlugin& plugin, bool is_interactive) {
  const std::string& name = plugin.command.front();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return refused(plugin, "command: no pipe to " + name + ": " + std::strerror(errno));
  }
  const pid_t pid = spawn(plugin, is_interactive, ends[1]);
  const int why_not = errno;
  close(ends[1]);
  if (pid == 0) {
    close(ends[0]);
    const std::string_view hint = text::trim(plugin.install_hint);
    return refused(
        plugin,
        "command: cannot run " + text::quoted(name) + ": " + std::strerror(why_not) +
            (hint.empty() ? "" : "; " + std::string(hint))
    );
  }
  const auto text =
      read_all(ends[0], Clock::now() + (is_interactive ? patience_with_user : patience));
  close(ends[0]);
  if (!text) {
    kill(pid, SIGKILL);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!text) {
    return refused(plugin, "command: " + name + " " + text.error().message);
  }
  if (WIFSIGNALED(status)) {
    return refused(
        plugin, "command: " + name + " was ended by signal " + std::to_string(WTERMSIG(status))
    );
  }
  if (WEXITSTATUS(status) != 0) {
    return refused(
        plugin,
        "command: " + name + " ended with " + std::to_string(WEXITSTATUS(status)) +
            "; what it said stands above"
    );
  }
  return *text;
}

Result<ExecCredential> read_credential(const ExecPlugin& plugin, const std::string& text) {
  const std::string who = "command: " + plugin.command.front();
  const json answer = json::parse(text, nullptr, false);
  if (api::text_at(answer, {"kind"}) != "ExecCredential" || !answer.contains("status")) {
    return refused(plugin, who + " printed no ExecCredential with a status");
  }
  if (const std::string version = api::text_at(answer, {"apiVersion"});
      version != plugin.api_version) {
    return refused(
        plugin,
        who + " answers in apiVersion " + text::quoted(version) + ", but was asked in " +
            text::quoted(plugin.api_version)
    );
  }
  const json& status = answer["status"];
  ExecCredential made;
  made.token = api::text_at(status, {"token"});
  made.certificate = api::text_at(status, {"clientCertificateData"});
  made.key = api::text_at(status, {"clientKeyData"});
  if (made.certificate.empty() != made.key.empty()) {
    return refused(plugin, who + " gave only one of clientCertificateData and clientKeyData");
  }
  if (made.token.empty() && made.certificate.empty()) {
    return refused(plugin, who + " gave neither a token nor a client certificate");
  }
  if (status.contains("expirationTimestamp")) {
    made.expires = time::parse_rfc3339(api::text_at(status, {"expirationTimestamp"}));
    if (!made.expires) {
      return refused(plugin, who + " gave an expirationTimestamp that is no time as in RFC 3339");
    }
  }
  return made;
}

}  // namespace

Result<ExecPlugin> read_exec_plugin(
    const json& exec, const std::string& origin, const std::string& folder
) {
  ExecPlugin plugin;
  plugin.origin = origin + ": exec.";
  if (!exec.is_object()) {
    return fail(Errc::invalid, origin + ": exec: must be a mapping");
  }
  plugin.api_version = api::text_at(exec, {"apiVersion"});
  if (!is_known(plugin.api_version)) {
    return refused(
        plugin,
        "apiVersion: is " + text::quoted(plugin.api_version) + ", must be " + known_versions[0] +
            " or " + known_versions[1]
    );
  }
  plugin.install_hint = api::text_at(exec, {"installHint"});
  if (auto read = read_command(exec, folder, plugin); !read) {
    return tl::unexpected(read.error());
  }
  if (auto read = read_environment(exec, plugin); !read) {
    return tl::unexpected(read.error());
  }
  if (auto read = read_mode(exec, plugin); !read) {
    return tl::unexpected(read.error());
  }
  return plugin;
}

Result<ExecCredential> run(const ExecPlugin& plugin, bool has_terminal) {
  const bool is_interactive = plugin.may_ask && has_terminal;
  if (plugin.must_ask && !is_interactive) {
    return refused(plugin, "interactiveMode: is Always, and there is no terminal to ask at");
  }
  MOORING_TRY(const std::string text, output_of(plugin, is_interactive));
  return read_credential(plugin, text);
}

}  // namespace mooring::kube
