// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "operator/apply/write_log.hpp"
#include "operator/queue/blocking_queue.hpp"
#include "operator/watch/store.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace mooring {

/// What the page tells besides what it asks the parts for.
struct ProgramState {
  struct Failure {
    std::string watch;  ///< kind and namespace
    std::string message;
    std::chrono::steady_clock::duration age{};
  };

  std::chrono::steady_clock::time_point now{};
  std::string controller_name;
  bool leads = false;
  bool stops = false;
  std::vector<Failure> failures;  ///< the last one of each watch, which may be over
};

/// What the operator knows and is about to do, as JSON, for whoever asks why nothing happens: its
/// watches, its queue, what it wrote and has not seen yet. Names only, nothing of what objects
/// hold; at most 100 entries of a list.
http::Reply state_page(
    const ProgramState& program,
    const watch::Cache& cache,
    queue::BlockingQueue& queue,
    apply::WriteLog& writes
);

}  // namespace mooring
