// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/apply/event_series.hpp"
#include "operator/apply/write_log.hpp"
#include "operator/kube/writer.hpp"
#include "operator/plan/plan.hpp"

#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

namespace mooring::apply {

struct ApplierHooks {
  /// Whether this process may write now: it leads. Asked before each write.
  std::function<bool()> may_write;
  /// A child was written (`applied`, `deleted`) or could not be (`error`).
  std::function<void(std::string_view kind, std::string_view result)> counted;
};

/// Obeys plans: all writes of a reconcile. Thread-safe.
class Applier {
 public:
  Applier(kube::Writer& writer, WriteLog& log, Reporter reporter, ApplierHooks hooks)
      : writer_(writer), log_(log), series_(std::move(reporter)), hooks_(std::move(hooks)) {}

  /// Children in the plan's order, then deletions, then status and events. One that fails does not
  /// keep the others from being tried, but then nothing is said of success: the first failure is
  /// the result, status and events are not written.
  kube::Answer<void> obey(const api::Object& server, const plan::Plan& plan);

 private:
  kube::Answer<void> apply(const api::ObjectKey& server, const plan::Apply& apply);
  kube::Answer<api::Object> apply_object(const api::Object& object);
  kube::Answer<void> remove(const plan::Delete& deletion);
  kube::Answer<void> write_status(const api::Object& server, const nlohmann::json& status);
  void record(const api::Object& server, const plan::Event& event);
  kube::Answer<void> leading() const;

  kube::Writer& writer_;
  WriteLog& log_;
  std::mutex mutex_;
  EventSeries series_;
  ApplierHooks hooks_;
};

}  // namespace mooring::apply
