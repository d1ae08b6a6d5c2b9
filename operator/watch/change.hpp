// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"
#include "operator/api/place.hpp"

#include <optional>
#include <set>
#include <vector>

namespace mooring::watch {

/// What happened to one object, in its lean form.
struct Change {
  std::optional<api::Object> before;
  std::optional<api::Object> after;

  const api::Object& any() const { return after ? *after : *before; }
};

/// Takes out what no decision looks at, so that the cache is small and changes of it wake nobody:
/// other managers' field sets, kubectl's copy of the object, the spec of pods, what autoscalers
/// measure.
void make_lean(api::Object& object);

/// Whether a change can lead to another decision. Of an McpServer: its spec, its deletion, our
/// annotations; not its status, which we write ourselves. Of what it owns: everything.
bool matters(const Change& change);

/// The McpServers that a change is about: of both, the old and the new object, the owner by
/// reference, or by label where the reference was lost.
std::set<api::ObjectKey> owners(const Change& change);

/// The places that others may get or lose by a change: what an McpServer gave up, and what an
/// Ingress or HTTPRoute came to or left.
std::vector<api::Place> places_in_play(const Change& change);

}  // namespace mooring::watch
