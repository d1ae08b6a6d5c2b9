// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/plan/plan.hpp"
#include "operator/render/render.hpp"

#include <nlohmann/json.hpp>

#include <string>

/// A namespace as an API server would show it: what was applied, with who owns which field, and
/// what the server fills in by itself.
namespace mooring::world {

/// `desired` after a server-side apply of `manager`.
api::Object applied(const api::Object& desired, const std::string& manager = "mcp-operator");

/// The managed fields (fieldsV1) of an apply of `desired`.
nlohmann::json fields_of(const api::Object& desired);

/// A resource with a stdio backend "files", whose environment takes `token` from Secret `files`,
/// and a backend "greeter" of declared tools; nobody watches it.
api::Object resource(int replicas = 2);

api::McpServer parsed(const api::Object& resource);
keys::Kept kept_keys();
render::Desired desired_of(const api::Object& resource);

/// The resource, all its children as applied, its pods ready, its Secret there and its endpoint
/// verified.
plan::Observed settled(const api::Object& resource);

/// The resource alone, just made.
plan::Observed fresh(const api::Object& resource);

plan::Plan plan_of(const plan::Observed& observed, time::Timestamp now);

/// What stands there after the plan has been obeyed.
void obey(const plan::Plan& plan, plan::Observed& observed);

/// The child of that kind and name, to be changed.
api::Object& child(plan::Observed& observed, const std::string& kind, const std::string& name);

/// Puts the counts of a Deployment whose pods are all there into its status.
void roll_out(api::Object& deployment, int replicas);

time::Timestamp at(const std::string& rfc3339);
/// When what is planned in these tests is planned.
time::Timestamp now();

/// One condition of the status in a plan's patch.
nlohmann::json condition(const plan::Plan& plan, const std::string& type);

}  // namespace mooring::world
