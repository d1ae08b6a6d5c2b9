// SPDX-License-Identifier: Apache-2.0
#include "core/cli/subcommand.hpp"
#include "core/file/standard_output.hpp"
#include "operator/mcpctl/command.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace mooring::mcpctl {
namespace {

constexpr const char* about =
    "Works with McpServer resources (mooring.dev/v1alpha1): on this machine, without a cluster, "
    "and "
    "in one.";

constexpr const char* footer = R"(
Examples:
  mcpctl serve -f quickstart.yaml                run the resource here, on http://127.0.0.1:3232/mcp
  mcpctl validate -f quickstart.yaml             everything that is wrong with it, field by field
  mcpctl render -f quickstart.yaml -n tools      the Kubernetes objects that it becomes
  mcpctl plan -f quickstart.yaml                 what applying it would change in the cluster
  mcpctl status -A                               how the resources of a cluster do; a NAME: all of one
  mcpctl doctor                                  what is wrong with cluster, operator and resources
  mcpctl explain spec.backends.stdio             what a field does, its type, default and bounds
  mcpctl crd | kubectl apply -f -                the CustomResourceDefinition

Exit codes: 0 fine, 1 failed while running, 2 wrong usage or resource, 3 this machine cannot do it
(a program that is missing, a port in use). Commands that ask a cluster have their own: see their
--help. The cluster is that of --kubeconfig, else KUBECONFIG, the pod's service account, ~/.kube/config.)";

constexpr const char* file_help = "File with the resource, YAML or JSON; - is standard input";

}  // namespace

int complain(int code, const std::string& message) {
  std::cerr << "mcpctl: " << message << "\n";
  return code;
}

namespace {

void add_output(CLI::App& command, bool& as_json) {
  command
      .add_option_function<std::string>(
          "-o,--output",
          [&as_json](const std::string& format) { as_json = format == "json"; },
          "text for people, json for programs"
      )
      ->check(CLI::IsMember({"text", "json"}));
}

void add_cluster(CLI::App& command, ClusterOptions& options, const char* namespace_help) {
  command.add_option(
      "--kubeconfig",
      options.kubeconfig,
      "File with cluster and credentials; else KUBECONFIG, the pod's service account, "
      "~/.kube/config"
  );
  command.add_option("-n,--namespace", options.namespace_, namespace_help);
}

void add_validate(CLI::App& app, ValidateOptions& options, int& code) {
  CLI::App* command =
      app.add_subcommand("validate", "Say everything that is wrong with a resource");
  command->add_option("-f,--file", options.files, file_help)->required();
  add_output(*command, options.as_json);
  command->footer("\nExample:\n  mcpctl validate -f a.yaml -f b.yaml -o json");
  command->callback([&] { code = validate(options); });
}

void add_render(CLI::App& app, RenderOptions& options, int& code) {
  options.server_image = std::string("mooring.dev/mcp-server:") + MOORING_VERSION;
  CLI::App* command =
      app.add_subcommand("render", "Print the Kubernetes objects that a resource becomes");
  command->add_option("-f,--file", options.file, file_help)->required();
  command->add_option("-n,--namespace", options.namespace_, "Namespace, instead of the resource's");
  command
      ->add_option(
          "--server-image", options.server_image, "Endpoint image where the resource names none"
      )
      ->capture_default_str();
  command->add_option(
      "--key-ring",
      options.key_ring_file,
      "File with the key ring of the Secret; without it a key is made"
  );
  command->footer("\nExample:\n  mcpctl render -f quickstart.yaml -n tools | kubectl diff -f -");
  command->callback([&] { code = render(options); });
}

void add_plan(CLI::App& app, PlanOptions& options, int& code) {
  CLI::App* command =
      app.add_subcommand("plan", "Say what would change in the cluster if a resource were applied");
  command->add_option("-f,--file", options.files, file_help)->required();
  add_cluster(*command, options.cluster, "Namespace, instead of the resource's");
  add_output(*command, options.as_json);
  command->footer(R"(
The API server tries everything and keeps nothing: the resource as kubectl apply would write it, then each object
as the operator would. + is made, ~ changed, - removed, ! refused; the last line says what becomes of the pods.
Values of Secrets are never shown.

Exit codes, as CI wants them: 0 nothing changes, 2 something does, 1 it cannot be applied or could not be tried.

Needed: get and patch of mcpservers and of what they become; what may not be read or tried is named and left out.

Examples:
  mcpctl plan -f weather.yaml
  mcpctl plan -f a.yaml -f b.yaml -n tools -o json | jq '.servers[] | select(.rollsPods) | .name')"
  );
  command->callback([&] { code = plan(options); });
}

void add_status(CLI::App& app, StatusOptions& options, int& code) {
  CLI::App* command = app.add_subcommand("status", "Say how resources do that are in the cluster");
  command->add_option("name", options.name, "One McpServer, with all that is known of it");
  add_cluster(*command, options.cluster, "Namespace, instead of the credentials'");
  command->add_flag("-A,--all-namespaces", options.all_namespaces, "Those of all namespaces");
  add_output(*command, options.as_json);
  command->footer(R"(
Without a NAME, a line for each, and below why it is not ready and what to do. With one: its conditions, what its
pods say of each backend (through the API server: needs get of pods/proxy), its pods and its last Events.

Exit codes: 0 all are ready, 1 one is not, or it could not be asked.

Examples:
  mcpctl status -n tools
  mcpctl status weather -n tools -o json | jq -r .message)");
  command->callback([&] { code = status(options); });
}

void add_doctor(CLI::App& app, DoctorOptions& options, int& code) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Look at cluster, operator and resources, and say what to do where it is bad"
  );
  add_cluster(*command, options.cluster, "Look at the resources of this namespace only");
  add_output(*command, options.as_json);
  command->footer(R"(
In order: the API server and its version, the CRD, the operator, its leader and its permissions, kinds of others
that some fields want, then each McpServer, its pods and its endpoint. A sign for each: ✓ good, ✗ bad, - not there
and not needed, ? not known, for you may not look. Nothing is changed.

Exit codes: 0 nothing is bad, 1 something is.

Examples:
  mcpctl doctor
  mcpctl doctor -n tools -o json | jq '.checks[] | select(.state == "bad")')");
  command->callback([&] { code = doctor(options); });
}

void add_explain(CLI::App& app, ExplainOptions& options, int& code) {
  CLI::App* command = app.add_subcommand("explain", "Tell what a field of the resource does");
  command->add_option("path", options.path, "Field, e.g. spec.backends.timeout; without it, spec");
  command->add_flag("--markdown", options.as_markdown, "All fields, as the reference page");
  command->callback([&] { code = explain(options); });
}

void add_serve(CLI::App& app, ServeOptions& options, int& code) {
  options.port = 3232;
  options.admin_port = 9090;
  options.log_format = "text";
  CLI::App* command = app.add_subcommand(
      "serve", "Run a resource on this machine: the same endpoint, its commands as local processes"
  );
  command->add_option("-f,--file", options.file, file_help)->required();
  command->add_option("--name", options.name, "Which McpServer, where the file has several");
  command->add_option("--port", options.port, "Port on 127.0.0.1 for clients; 0 is a free one")
      ->capture_default_str();
  command
      ->add_option(
          "--admin-port", options.admin_port, "Port for /metrics and /status; 0 is a free one"
      )
      ->capture_default_str();
  command->add_option("--log-format", options.log_format, "Of the log: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->footer(
      "\nCommands run in the folder of the file, without their images. Values from Secrets are "
      "taken from `kind: Secret` documents in the same file.\n\nExample:\n  mcpctl serve -f "
      "quickstart.yaml --port 4000"
  );
  command->callback([&] { code = serve(options); });
}

int run(int argc, char** argv) {
  CLI::App app(about, "mcpctl");
  app.footer(footer);
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("mcpctl ") + MOORING_VERSION);
  int code = exit_ok;
  ValidateOptions validate_options;
  RenderOptions render_options;
  PlanOptions plan_options;
  StatusOptions status_options;
  DoctorOptions doctor_options;
  ExplainOptions explain_options;
  ServeOptions serve_options;
  add_serve(app, serve_options, code);
  add_validate(app, validate_options, code);
  add_render(app, render_options, code);
  add_plan(app, plan_options, code);
  add_status(app, status_options, code);
  add_doctor(app, doctor_options, code);
  add_explain(app, explain_options, code);
  app.add_subcommand("crd", "Print the CustomResourceDefinition")->callback([&] { code = crd(); });
  app.add_subcommand("version", "Print the version")->callback([] {
    std::cout << "mcpctl " << MOORING_VERSION << "\n";
  });
  if (argc == 1) {
    std::cout << app.help();
    return exit_ok;
  }
  if (const auto wrong = cli::unknown_subcommand(app, argv[1])) {
    return complain(exit_invalid, *wrong);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version come as errors of code 0.
    return app.exit(error) == 0 ? exit_ok : exit_invalid;
  }
  return code;
}

}  // namespace
}  // namespace mooring::mcpctl

int main(int argc, char** argv) {
  const int code = mooring::mcpctl::run(argc, argv);
  const auto written = mooring::file::finish_standard_output();
  return written || code != 0 ? code : mooring::mcpctl::complain(1, written.error().message);
}
