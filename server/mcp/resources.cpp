// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/mcp/replies.hpp"

namespace mooring::mcp {
namespace {

// Backends may have more than they list: then each of them is asked.
std::vector<std::size_t> candidates(const catalogue::Catalogue& catalogue, std::string_view uri) {
  if (const auto listed = catalogue.find_resource(uri)) {
    return {*listed};
  }
  return catalogue.with_resources();
}

bool says_true(rpc::Value value) {
  return value.raw == "true";
}

}  // namespace

Step read_resource(const era::Call& call, const catalogue::Catalogue& catalogue) {
  std::vector<std::size_t> backends = candidates(catalogue, Text(call.name).view());
  if (backends.empty()) {
    return resource_not_found(call);
  }
  Ask ask;
  ask.backend = backends.front();
  ask.others.assign(backends.begin() + 1, backends.end());
  return ask;
}

// A subscription is kept by one backend: it must be clear by which.
Step subscribe(const era::Call& call, const catalogue::Catalogue& catalogue) {
  if (!catalogue.capabilities().subscriptions) {
    return not_served(call);
  }
  const std::string uri = rpc::text_of(call.name.raw);
  const std::vector<std::size_t> backends = candidates(catalogue, uri);
  if (backends.size() != 1) {
    return resource_not_found(call);
  }
  if (!catalogue.capabilities_of(backends.front()).subscriptions) {
    return refuse(
        call,
        rpc::code::invalid_params,
        "resource " + text::quoted(uri) + " is of a backend that does not tell of updates"
    );
  }
  const bool is_on = call.method == era::Method::resources_subscribe;
  return Subscribe{uri, is_on, backends.front(), result(call, "{}")};
}

Step listen(const era::Call& call, const catalogue::Catalogue& catalogue) {
  rpc::Value filter, tools, prompts, resources, updates;
  if (!rpc::pick(call.params, {{"notifications", &filter}}) || !filter.is(rpc::Kind::object) ||
      !rpc::pick(
          filter,
          {{"toolsListChanged", &tools},
           {"promptsListChanged", &prompts},
           {"resourcesListChanged", &resources},
           {"resourceSubscriptions", &updates}}
      ) ||
      (updates && !updates.is(rpc::Kind::array))) {
    return refuse(
        call,
        rpc::code::invalid_params,
        "subscriptions/listen: \"notifications\" must be an object, which may have "
        "toolsListChanged, promptsListChanged and resourcesListChanged, booleans, and "
        "resourceSubscriptions, a list of URIs"
    );
  }
  const catalogue::Capabilities& can = catalogue.capabilities();
  Listen made;
  made.id = call.id.raw;
  made.tools = says_true(tools);
  made.prompts = says_true(prompts) && can.prompts;
  made.resources = says_true(resources) && can.resources;
  rpc::Elements elements(updates);
  for (std::size_t count = 1; elements.next(); ++count) {
    if (count > Listen::most_updates) {
      return refuse(
          call,
          rpc::code::invalid_params,
          "subscriptions/listen: \"resourceSubscriptions\" may name at most " +
              std::to_string(Listen::most_updates) + " URIs"
      );
    }
    if (!elements.value.is(rpc::Kind::string)) {
      return refuse(
          call,
          rpc::code::invalid_params,
          "subscriptions/listen: \"resourceSubscriptions\" must be a list of URIs"
      );
    }
    std::string uri = rpc::text_of(elements.value.raw);
    const std::vector<std::size_t> backends = candidates(catalogue, uri);
    if (backends.size() == 1 && catalogue.capabilities_of(backends.front()).subscriptions) {
      made.updates.push_back({std::move(uri), backends.front()});
    }
  }
  return made;
}

Step complete(const era::Call& call, const catalogue::Catalogue& catalogue) {
  if (!catalogue.capabilities().completions) {
    return not_served(call);
  }
  rpc::Value ref, argument, type, name, uri;
  const bool is_whole = rpc::pick(call.params, {{"ref", &ref}, {"argument", &argument}}) &&
                        argument.is(rpc::Kind::object) &&
                        rpc::pick(ref, {{"type", &type}, {"name", &name}, {"uri", &uri}}) &&
                        type.is(rpc::Kind::string);
  std::optional<std::size_t> backend;
  Ask ask;
  if (is_whole && rpc::says(type.raw, "ref/prompt") && name.is(rpc::Kind::string)) {
    if (const catalogue::Prompt* prompt = catalogue.find_prompt(Text(name).view())) {
      backend = prompt->backend;
      ask.own_name = prompt->own_name;
    }
  } else if (is_whole && rpc::says(type.raw, "ref/resource") && uri.is(rpc::Kind::string)) {
    const Text wanted(uri);
    backend = catalogue.find_template(wanted.view());
    backend = backend ? backend : catalogue.find_resource(wanted.view());
  } else {
    return refuse(
        call,
        rpc::code::invalid_params,
        "completion/complete: \"argument\" must be an object, \"ref\" one of type \"ref/prompt\" "
        "with a \"name\" or of type \"ref/resource\" with a \"uri\""
    );
  }
  if (!backend) {
    return refuse(
        call, rpc::code::invalid_params, "completion/complete: no list names what \"ref\" refers to"
    );
  }
  if (!catalogue.capabilities_of(*backend).completions) {
    return result(
        call,
        call.generation == era::Generation::modern
            ? R"({"resultType":"complete","completion":{"values":[],"total":0,"hasMore":false}})"
            : R"({"completion":{"values":[],"total":0,"hasMore":false}})"
    );
  }
  ask.backend = *backend;
  return ask;
}

}  // namespace mooring::mcp
