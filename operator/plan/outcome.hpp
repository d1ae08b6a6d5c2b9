// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "operator/plan/plan.hpp"

#include <chrono>
#include <string_view>

namespace mooring::plan {

/// What becomes of a key after a reconcile.
struct Outcome {
  enum class Next {
    forget,    ///< done; back-off is reset; nothing until something happens
    after,     ///< done; back-off is reset; again after `delay`
    retry,     ///< failed; again after the back-off of this key
    terminal,  ///< failed in a way that trying again hardly mends: only after a long `delay`
  };
  Next next = Next::forget;
  std::chrono::milliseconds delay{};

  bool operator==(const Outcome&) const = default;
};

/// Label value of controller_runtime_reconcile_total: success, requeue_after, requeue or error.
std::string_view metric_label(const Outcome& outcome);

Outcome outcome(const Plan& obeyed);
Outcome outcome(const Error& error);

}  // namespace mooring::plan
