// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/time/rfc3339.hpp"
#include "operator/api/object.hpp"
#include "operator/plan/plan.hpp"

#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

namespace mooring::apply {

struct Reporter {
  std::string controller;  ///< e.g. `mooring.dev/mcp-operator`
  std::string instance;    ///< controller-hostname, at most 128 characters
};

struct PostEvent {
  api::Object event;
};

struct PatchEvent {
  api::ObjectRef event;
  nlohmann::json patch;
};

struct KeepQuiet {};

using EventAction = std::variant<PostEvent, PatchEvent, KeepQuiet>;

/// Which Events to write (events.k8s.io/v1), so that one that repeats becomes a series: the first
/// is posted, the second makes the series, later ones are counted here and written every half hour.
/// Pure. An event is the same if type, reason, action, note and object are.
class EventSeries {
 public:
  explicit EventSeries(Reporter reporter) : reporter_(std::move(reporter)) {}

  EventAction add(const plan::Event& event, const api::Object& regarding, time::Timestamp now);

 private:
  using Key = std::tuple<bool, plan::Reason, std::string, std::string, std::string>;

  struct Series {
    api::ObjectRef event;
    unsigned count = 1;
    time::Timestamp last_seen{};
    time::Timestamp last_written{};
  };

  void drop_idle(time::Timestamp now);
  api::Object first(const plan::Event& event, const api::Object& regarding, time::Timestamp now)
      const;

  Reporter reporter_;
  std::map<Key, Series> series_;
};

}  // namespace mooring::apply
