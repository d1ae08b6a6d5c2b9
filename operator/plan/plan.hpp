// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "core/time/rfc3339.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"
#include "operator/keys/rotation.hpp"
#include "operator/plan/observed.hpp"
#include "operator/plan/reasons.hpp"
#include "operator/render/render.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Desired x observed x now -> what to do, as data. Pure: the same arguments, the same plan.
namespace mooring::plan {

/// Server-side apply of the whole object by api::field_manager, forced.
struct Apply {
  api::Object object;
  std::string reason;  ///< what differs; never a value

  bool operator==(const Apply&) const = default;
};

/// With both as preconditions.
struct Delete {
  api::ObjectRef ref;
  std::string uid;
  std::string resource_version;

  bool operator==(const Delete&) const = default;
};

/// Regards the McpServer.
struct Event {
  bool warning = false;
  Reason reason = Reason::ready;
  std::string action;
  std::string note;  ///< at most 1 kB

  bool operator==(const Event&) const = default;
};

/// To be obeyed in this order. Empty when nothing differs.
struct Plan {
  std::vector<Apply> applies;
  std::vector<Delete> deletes;
  /// The body of a server-side apply on the status subresource by api::status_field_manager.
  std::optional<nlohmann::json> status_patch;
  std::vector<Event> events;
  /// When to look again although nothing happened.
  std::optional<std::chrono::milliseconds> requeue_after;

  /// Whether it writes nothing.
  bool is_empty() const {
    return applies.empty() && deletes.empty() && !status_patch && events.empty();
  }

  bool operator==(const Plan&) const = default;
};

/// What to do for a valid resource. While it is being deleted: nothing, its children go by their
/// owner references.
Plan make(
    const api::McpServer& server,
    const render::Desired& desired,
    const Observed& observed,
    time::Timestamp now,
    const keys::Outlook& keys = {}
);

/// What to do for one that is paused, by its spec or by its annotation: status only, so that
/// `Paused` says why; what was found before stays told.
bool is_paused(const api::McpServer& server);
Plan paused(const api::Object& as_read, const api::McpServer& server, time::Timestamp now);

/// What to do for an invalid one: status only; its children stay as they are.
Plan rejected(
    const api::Object& server, const std::vector<FieldError>& errors, time::Timestamp now
);

/// What to tell when obeying a plan failed: status only, nothing if the status says so already.
/// `child` is the kind of what could not be written; a way from outside says nothing of the pods.
Plan failed(
    const api::Object& server, const Error& error, time::Timestamp now, std::string_view child = {}
);

}  // namespace mooring::plan
