// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/plan/judge.hpp"
#include "operator/plan/plan.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace mooring::plan {

/// Findings -> conditions, in the form that kstatus reads: all of them always there.
void set_conditions(api::Conditions& conditions, const Findings& findings, std::string_view url);

/// The status as it is to stand there.
nlohmann::json status_of(
    const api::McpServer& server,
    const render::Desired& desired,
    const Observed& observed,
    const api::Conditions& conditions
);

/// The body of the status patch; nothing if the status says so already.
std::optional<nlohmann::json> status_patch(const api::Object& server, const nlohmann::json& status);

/// What Ready tells now and did not tell before.
std::vector<Event> transitions(const api::Conditions& conditions);

/// Why children are changed.
enum class Cause {
  new_spec,
  new_image,   ///< the operator's default has become another: it was upgraded
  new_secret,  ///< a value that the pods take from a Secret
  drift,       ///< somebody else changed them
};

/// What is being written, for people who wonder who did it. `image` is the endpoint's.
std::vector<Event> writes(
    const ChildChanges& changes, Cause cause, std::string_view image, const keys::Outlook& keys
);

}  // namespace mooring::plan
