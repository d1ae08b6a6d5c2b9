// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"
#include "core/schema/check.hpp"
#include "core/text/ascii.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/program.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace {

using namespace mooring;

// What a caller can act on; --help tells them.
constexpr int ok = 0;
constexpr int failed = 1;
constexpr int bad_usage = 2;
constexpr int cannot_here = 3;

constexpr const char* about =
    "Runs McpServer resources of a Kubernetes cluster: for each one a Deployment, Services, "
    "settings and keys, kept as its spec says.";

constexpr const char* footer = R"(
Examples:
  mcp-operator                                   in a pod: by its service account, all namespaces
  mcp-operator --kubeconfig ~/.kube/config       from outside, as the current context's user
  mcp-operator --watch-namespaces tools,search   only these; a Role in each is enough

Ready for work once /readyz answers 200; /metrics has controller-runtime's names. Several replicas may
run: the one that holds the Lease mooring-operator works, the others stand by with filled caches.
Operators with different --controller-name share a cluster; the Lease of each has its name at the end.
SIGTERM: work under way is finished, the lease handed over. A second signal ends it at once.

Exit codes: 0 stopped by a signal, 1 failed while running (the lease was lost), 2 wrong usage,
3 cannot work here (API server unreachable, credentials refused, a permission missing, port in use).)";

struct Flags {
  std::string kubeconfig;
  std::string server_image = "mooring.dev/mcp-server:" MOORING_VERSION;
  std::string namespace_;
  std::string watch_namespaces;
  std::string controller_name;
  bool leader_elect = true;
  std::string metrics_address = "0.0.0.0:8080";
  unsigned workers = 4;
  std::string log_level = "info";
  std::string log_format = "json";
};

int complain(int code, const std::string& message) {
  log::flush();
  std::cerr << "mcp-operator: " + message + "\n";
  return code;
}

void add_flags(CLI::App& app, Flags& flags) {
  app.add_option(
      "--kubeconfig",
      flags.kubeconfig,
      "File with cluster and credentials; else KUBECONFIG, the pod's service account, "
      "~/.kube/config"
  );
  app.add_option(
         "--server-image",
         flags.server_image,
         "Endpoint image of McpServers that name none in spec.image"
  )
      ->capture_default_str();
  app.add_option(
      "--namespace",
      flags.namespace_,
      "Where the operator itself runs and holds its Lease; else the credentials' namespace"
  );
  app.add_option(
      "--watch-namespaces",
      flags.watch_namespaces,
      "Serve McpServers of these namespaces only, e.g. tools,search; else of all"
  );
  app.add_option(
      "--controller-name",
      flags.controller_name,
      "Serve only McpServers with this spec.controllerName; else those without one"
  );
  app.add_option(
         "--leader-elect",
         flags.leader_elect,
         "Work only while holding the Lease; false only where one replica runs"
  )
      ->capture_default_str();
  app.add_option(
         "--metrics-address",
         flags.metrics_address,
         "Where /metrics, /healthz and /readyz are served"
  )
      ->capture_default_str();
  app.add_option("--workers", flags.workers, "McpServers that are worked on at the same time")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--log-level", flags.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--log-format", flags.log_format, "json or text")
      ->check(CLI::IsMember({"json", "text"}))
      ->capture_default_str();
}

/// `0.0.0.0:8080`, `[::]:8080`.
bool parse_address(const std::string& text, ProgramOptions& options) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size() ||
      text.find_first_not_of("0123456789", colon + 1) != std::string::npos) {
    return false;
  }
  const unsigned long port = std::strtoul(text.c_str() + colon + 1, nullptr, 10);
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  options.metrics_address = host.empty() ? "0.0.0.0" : host;
  options.metrics_port = static_cast<unsigned short>(port);
  in6_addr ignored{};
  const bool is_address = ::inet_pton(AF_INET, options.metrics_address.c_str(), &ignored) == 1 ||
                          ::inet_pton(AF_INET6, options.metrics_address.c_str(), &ignored) == 1;
  return is_address && port <= 65535;
}

/// Before anything is begun: what is written wrongly is told apart from what cannot be had.
int exit_code(const Error& error) {
  return error.code == Errc::invalid ? bad_usage : cannot_here;
}

Result<std::vector<std::string>> parse_namespaces(const std::string& list) {
  std::vector<std::string> names;
  for (const std::string_view entry : text::split(list, ',')) {
    const std::string name(text::trim(entry));
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) {
      continue;
    }
    constexpr const char* letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (name.size() > 63 || name.find_first_not_of(letters) != std::string::npos) {
      return fail(
          Errc::invalid,
          "--watch-namespaces names " + text::quoted(name) +
              ", must be names of namespaces: lower-case letters, digits and \"-\", with commas "
              "between them, e.g. tools,search"
      );
    }
    names.push_back(name);
  }
  if (names.empty() && !list.empty()) {
    return fail(
        Errc::invalid,
        "--watch-namespaces is " + text::quoted(list) +
            ", which names none; leave it out to serve all namespaces"
    );
  }
  return names;
}

/// As spec.controllerName is checked: another name would serve nobody, ever.
Result<std::string> parse_controller_name(const std::string& name) {
  if (name.empty()) {
    return name;
  }
  const schema::Field* field = api::spec_field().find("controllerName");
  const schema::Checked checked = schema::check(*field, name, "--controller-name");
  if (!checked.errors.empty()) {
    return fail(Errc::invalid, describe(checked.errors));
  }
  return name;
}

Result<ProgramOptions> program_options(const Flags& flags) {
  ProgramOptions options;
  if (!parse_address(flags.metrics_address, options)) {
    return fail(
        Errc::invalid,
        "--metrics-address is " + text::quoted(flags.metrics_address) +
            ", must be an IP address and a port, e.g. 0.0.0.0:8080 or [::]:8080"
    );
  }
  MOORING_TRY(options.namespaces, parse_namespaces(flags.watch_namespaces));
  MOORING_TRY(options.controller_name, parse_controller_name(flags.controller_name));
  MOORING_TRY(
      options.connection,
      kube::find_connection(
          flags.kubeconfig,
          [](const char* name) -> std::optional<std::string> {
            const char* value = std::getenv(name);
            return value == nullptr ? std::nullopt : std::optional<std::string>(value);
          }
      )
  );
  options.is_inside = std::getenv("KUBERNETES_SERVICE_HOST") != nullptr;
  options.server_image = flags.server_image;
  options.lease_namespace = flags.namespace_;
  if (options.lease_namespace.empty()) {
    options.lease_namespace = options.connection.namespace_;
  }
  if (options.lease_namespace.empty()) {
    options.lease_namespace = "default";
  }
  options.leader_election = flags.leader_elect;
  options.workers = flags.workers;
  return options;
}

/// The first SIGTERM or SIGINT is told to whoever waits; the second ends the process, whatever it
/// does just then.
class Signals {
 public:
  Signals() {
    told = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    struct sigaction action {};

    action.sa_handler = hear;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGTERM, SIGINT}) {
      ::sigaction(signal, &action, nullptr);
    }
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// False once a signal has come.
  static bool wait(std::chrono::milliseconds at_most) {
    pollfd heard{told, POLLIN, 0};
    // Interrupted means that it has come.
    return ::poll(&heard, 1, static_cast<int>(at_most.count())) == 0;
  }

 private:
  static void hear(int) {
    static std::atomic<bool> has_come{false};
    if (has_come.exchange(true)) {
      ::_exit(failed);
    }
    const std::uint64_t one = 1;
    const ssize_t ignored = ::write(told, &one, sizeof one);
    static_cast<void>(ignored);
  }

  static inline int told = -1;  // stays readable from the first signal on
};

int run(const Flags& flags) {
  const Signals signals;
  auto options = program_options(flags);
  if (!options) {
    return complain(exit_code(options.error()), options.error().message);
  }
  if (options->connection.ca.is_set()) {
    // The HTTP library would parse the system's CA bundle for each connection before ours replaces
    // it: 60 ms each.
    ::setenv("SSL_CERT_FILE", "/dev/null", 1);
    ::setenv("SSL_CERT_DIR", "/nonexistent", 1);
  }
  log::info(
      "starts",
      {{"version", MOORING_VERSION},
       {"server", options->connection.server},
       {"credentials", options->connection.origin}}
  );
  auto program = Program::make(std::move(*options));
  if (!program) {
    return complain(exit_code(program.error()), program.error().message);
  }
  const auto ended = (*program)->run(Signals::wait);
  return ended ? ok : complain(cannot_here, ended.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  // Few arenas: each of some twenty threads would otherwise keep one.
  ::mallopt(M_ARENA_MAX, 2);
  CLI::App app(about, "mcp-operator");
  Flags flags;
  add_flags(app, flags);
  app.set_version_flag("--version", "mcp-operator " MOORING_VERSION);
  app.footer(footer);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ok : bad_usage;
  }
  log::configure(log::parse_level(flags.log_level), log::parse_format(flags.log_format));
  return run(flags);
}
