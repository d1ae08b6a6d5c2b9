// SPDX-License-Identifier: Apache-2.0
#include "operator/validate/validate.hpp"

#include "core/text/ascii.hpp"
#include "core/text/suggest.hpp"
#include "operator/api/quantity.hpp"
#include "operator/validate/networks.hpp"
#include "operator/validate/template.hpp"
#include "server/schema_check/schema_check.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace mooring::validate {
namespace {

using api::Backend;
using api::DeclaredTool;
using api::McpServer;
using api::Quantity;
using Errors = std::vector<FieldError>;

std::string tool_path(std::size_t backend, std::size_t tool) {
  return api::backend_path(backend) + ".tools[" + std::to_string(tool) + "]";
}

template <class Visit>
void for_each_tool(const McpServer& server, Visit visit) {
  for (std::size_t i = 0; i < server.spec.backends.size(); ++i) {
    const Backend& backend = server.spec.backends[i];
    for (std::size_t j = 0; j < backend.tools.size(); ++j) {
      visit(backend, backend.tools[j], tool_path(i, j));
    }
  }
}

template <class Visit>
void for_each_resources(const McpServer& server, Visit visit) {
  visit(server.spec.resources, std::string("spec.resources"));
  for (std::size_t i = 0; i < server.spec.backends.size(); ++i) {
    if (const auto& stdio = server.spec.backends[i].stdio) {
      visit(stdio->resources, api::backend_path(i) + ".stdio.resources");
    }
  }
}

void amount_is_no_amount(const std::string& amount, const std::string& path, Errors& errors) {
  if (!amount.empty() && !Quantity::parse(amount)) {
    errors.push_back(
        {path, "is " + text::quoted(amount) + ", must be an amount such as 100m, 0.5 or 256Mi"}
    );
  }
}

// `100m` of memory is a tenth of a byte, and meant was surely 100Mi.
void memory_is_in_thousandths(const std::string& amount, const std::string& path, Errors& errors) {
  if (amount.ends_with('m')) {
    errors.push_back(
        {path,
         "is " + text::quoted(amount) + ", thousandths of a byte; did you mean \"" +
             amount.substr(0, amount.size() - 1) + "Mi\"?"}
    );
  }
}

void amounts_are_wrong(const McpServer& server, Errors& errors) {
  for_each_resources(server, [&](const api::Resources& resources, const std::string& path) {
    for (const auto& [name, amounts] :
         {std::pair(".requests", &resources.requests), std::pair(".limits", &resources.limits)}) {
      amount_is_no_amount(amounts->cpu, path + name + ".cpu", errors);
      amount_is_no_amount(amounts->memory, path + name + ".memory", errors);
      memory_is_in_thousandths(amounts->memory, path + name + ".memory", errors);
    }
  });
}

// Below these no container of ours comes up: the runtime itself needs some MiB to start one.
constexpr std::string_view endpoint_needs = "32Mi";
constexpr std::string_view backend_needs = "16Mi";

void memory_limit_is_too_small(const McpServer& server, Errors& errors) {
  for_each_resources(server, [&](const api::Resources& resources, const std::string& path) {
    const std::string& limit = resources.limits.memory;
    const std::string_view least = path == "spec.resources" ? endpoint_needs : backend_needs;
    const auto allowed = Quantity::parse(limit);
    if (allowed && *allowed < *Quantity::parse(least) && !limit.ends_with('m')) {
      errors.push_back(
          {path + ".limits.memory",
           "is " + text::quoted(limit) + ", must be at least " + std::string(least) +
               ", or the container cannot start"}
      );
    }
  });
}

void request_exceeds_limit(
    const std::string& request, const std::string& limit, const std::string& path, Errors& errors
) {
  const auto asked = Quantity::parse(request);
  const auto allowed = Quantity::parse(limit);
  if (asked && allowed && *asked > *allowed) {
    errors.push_back(
        {path,
         "is " + text::quoted(request) + ", must be at most the limit, " + text::quoted(limit)}
    );
  }
}

void requests_exceed_limits(const McpServer& server, Errors& errors) {
  for_each_resources(server, [&](const api::Resources& resources, const std::string& path) {
    const auto& [requests, limits] = resources;
    request_exceeds_limit(requests.cpu, limits.cpu, path + ".requests.cpu", errors);
    request_exceeds_limit(requests.memory, limits.memory, path + ".requests.memory", errors);
  });
}

// An autoscaler measures against what is requested, of every container of the pod.
void processor_time_is_not_requested(const McpServer& server, Errors& errors) {
  const auto& autoscaling = server.spec.autoscaling;
  if (!autoscaling || !autoscaling->target_cpu_percent) {
    return;
  }
  for_each_resources(server, [&](const api::Resources& resources, const std::string& path) {
    // Of a limit without a request the API server makes one.
    if (resources.requests.cpu.empty() && resources.limits.cpu.empty()) {
      errors.push_back(
          {path + ".requests.cpu",
           "is missing: spec.autoscaling.targetCpuPercent is in percent of what all containers "
           "request; add it, or use targetInFlight"}
      );
    }
  });
}

void input_schema_is_not_of_an_object(const McpServer& server, Errors& errors) {
  for_each_tool(server, [&](const Backend&, const DeclaredTool& tool, const std::string& path) {
    const auto& type = api::value_at(tool.input_schema, {"type"});
    if (type != "object") {
      errors.push_back(
          {path + ".inputSchema.type",
           (type.is_null() ? std::string("is missing") : "is " + type.dump()) +
               ", must be \"object\": arguments are always named"}
      );
    }
  });
}

// With the endpoint's own compiler: what it would refuse at its start is refused here.
void input_schema_cannot_be_checked(const McpServer& server, Errors& errors) {
  for_each_tool(server, [&](const Backend&, const DeclaredTool& tool, const std::string& path) {
    if (const auto schema = schema_check::Schema::compile(tool.input_schema); !schema) {
      errors.push_back({path + ".inputSchema", schema.error().message});
    }
  });
}

void text_names_no_argument(const McpServer& server, Errors& errors) {
  for_each_tool(server, [&](const Backend&, const DeclaredTool& tool, const std::string& path) {
    const auto names = placeholders(tool.text);
    if (!names) {
      errors.push_back({path + ".text", names.error().message});
      return;
    }
    const auto& properties = api::value_at(tool.input_schema, {"properties"});
    std::vector<std::string> known;
    for (const auto& property : properties.items()) {
      known.push_back(property.key());
    }
    for (const std::string& unknown : std::set<std::string>(names->begin(), names->end())) {
      if (std::find(known.begin(), known.end(), unknown) != known.end()) {
        continue;
      }
      const auto meant = text::suggest(unknown, known);
      errors.push_back(
          {path + ".text",
           "names {" + unknown + "}, which inputSchema.properties does not have" +
               (meant           ? "; did you mean {" + *meant + "}?"
                : known.empty() ? "; add it there, or write {{ for a brace"
                                : "; it has: " + text::join(known, ", "))}
      );
    }
  });
}

// A tool that several backends declare is offered as <backend>_<tool>, which nobody else may use.
void merged_name_is_taken(const McpServer& server, Errors& errors) {
  std::map<std::string, int> declared;
  for_each_tool(server, [&](const Backend&, const DeclaredTool& tool, const std::string&) {
    ++declared[tool.name];
  });
  for_each_tool(
      server,
      [&](const Backend& backend, const DeclaredTool& tool, const std::string& path) {
        const std::string merged = backend.name + "_" + tool.name;
        if (declared[tool.name] > 1 && declared.contains(merged)) {
          errors.push_back(
              {path + ".name",
               "is " + text::quoted(tool.name) +
                   ", which several backends have, so it is offered as " + text::quoted(merged) +
                   "; but another tool is named so. Rename one of them"}
          );
        }
      }
  );
}

void exposure_names_no_tool(const McpServer& server, Errors& errors) {
  for (std::size_t i = 0; i < server.spec.backends.size(); ++i) {
    const Backend& backend = server.spec.backends[i];
    std::vector<std::string> known;
    for (const DeclaredTool& tool : backend.tools) {
      known.push_back(tool.name);
    }
    const auto check = [&](const std::string& name, const char* field) {
      // A program's tools, and those that a pattern fits, are known to the endpoint only.
      if (known.empty() || name.find('*') != std::string::npos ||
          std::find(known.begin(), known.end(), name) != known.end()) {
        return;
      }
      errors.push_back(
          {api::backend_path(i) + ".expose." + field,
           "names " + text::quoted(name) + ", which is none of the backend's tools" +
               text::hint(name, known)}
      );
    };
    for (const std::string& name : backend.expose.include) {
      check(name, "include");
    }
    for (const std::string& name : backend.expose.exclude) {
      check(name, "exclude");
    }
    for (const auto& [name, other] : backend.expose.rename) {
      check(name, "rename");
    }
  }
}

void several_get_one_name(const McpServer& server, Errors& errors) {
  for (std::size_t i = 0; i < server.spec.backends.size(); ++i) {
    std::map<std::string, std::string> taken;
    for (const auto& [name, other] : server.spec.backends[i].expose.rename) {
      const auto [first, is_new] = taken.emplace(other, name);
      if (!is_new) {
        errors.push_back(
            {api::backend_path(i) + ".expose.rename",
             "gives " + text::quoted(first->second) + " and " + text::quoted(name) +
                 " the one name " + text::quoted(other) + "; each must have its own"}
        );
      }
    }
  }
}

// The settings of the pods stand in one ConfigMap, which may hold 1 MiB.
void tools_are_too_large(const McpServer& server, Errors& errors) {
  constexpr std::size_t limit = 900'000;
  std::size_t size = 0;
  for_each_tool(server, [&](const Backend&, const DeclaredTool& tool, const std::string&) {
    size += nlohmann::json(tool.text).dump().size() + tool.description.size() +
            tool.input_schema.dump().size();
  });
  if (size > limit) {
    errors.push_back(
        {"spec.backends",
         "declares tools of " + std::to_string(size) + " bytes, must be at most " +
             std::to_string(limit) + "; move some to another McpServer"}
    );
  }
}

constexpr Check all_checks[] = {
    {"amounts are wrong", amounts_are_wrong},
    {"memory limit is too small", memory_limit_is_too_small},
    {"requests exceed limits", requests_exceed_limits},
    {"processor time is not requested", processor_time_is_not_requested},
    {"input schema is not of an object", input_schema_is_not_of_an_object},
    {"input schema cannot be checked", input_schema_cannot_be_checked},
    {"text names no argument", text_names_no_argument},
    {"merged name is taken", merged_name_is_taken},
    {"exposure names no tool", exposure_names_no_tool},
    {"several get one name", several_get_one_name},
    {"networks are wrong", networks_are_wrong},
    {"tools are too large", tools_are_too_large},
};

}  // namespace

std::span<const Check> checks() {
  return all_checks;
}

tl::expected<McpServer, std::vector<FieldError>> accept(const api::Object& object) {
  auto server = api::parse_server(object);
  if (!server) {
    return server;
  }
  Errors errors;
  for (const Check& check : checks()) {
    check.find(*server, errors);
  }
  if (!errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return server;
}

}  // namespace mooring::validate
