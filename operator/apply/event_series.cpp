// SPDX-License-Identifier: Apache-2.0
#include "operator/apply/event_series.hpp"

#include <cstdio>

namespace mooring::apply {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto written_every = 30min;
constexpr auto idle_after = 6min;

std::string hex_nanoseconds(time::Timestamp now) {
  char text[24];
  const auto count =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(count));
  return text;
}

}  // namespace

EventAction EventSeries::add(
    const plan::Event& event, const api::Object& regarding, time::Timestamp now
) {
  drop_idle(now);
  const Key key{event.warning, event.reason, event.action, event.note, regarding.uid()};
  const auto found = series_.find(key);
  if (found == series_.end()) {
    api::Object made = first(event, regarding, now);
    series_.emplace(key, Series{made.ref(), 1, now, now});
    return PostEvent{std::move(made)};
  }
  Series& series = found->second;
  ++series.count;
  series.last_seen = now;
  if (series.count > 2 && now - series.last_written < written_every) {
    return KeepQuiet{};
  }
  series.last_written = now;
  return PatchEvent{
      series.event,
      {{"series",
        {{"count", series.count}, {"lastObservedTime", time::print_rfc3339_micro(now)}}}}};
}

void EventSeries::drop_idle(time::Timestamp now) {
  for (auto it = series_.begin(); it != series_.end();) {
    it = now - it->second.last_seen > idle_after ? series_.erase(it) : std::next(it);
  }
}

api::Object EventSeries::first(
    const plan::Event& event, const api::Object& regarding, time::Timestamp now
) const {
  return api::Object(json{
      {"apiVersion", "events.k8s.io/v1"},
      {"kind", "Event"},
      {"metadata",
       {{"name", regarding.name() + "." + hex_nanoseconds(now)},
        {"namespace", regarding.namespace_()}}},
      {"eventTime", time::print_rfc3339_micro(now)},
      {"reportingController", reporter_.controller},
      {"reportingInstance", reporter_.instance},
      {"action", event.action},
      {"reason", name(event.reason)},
      {"type", event.warning ? "Warning" : "Normal"},
      {"note", event.note},
      {"regarding",
       {{"apiVersion", regarding.api_version()},
        {"kind", regarding.kind()},
        {"namespace", regarding.namespace_()},
        {"name", regarding.name()},
        {"uid", regarding.uid()}}},
  });
}

}  // namespace mooring::apply
