// SPDX-License-Identifier: Apache-2.0
#include "operator/observe/prober.hpp"

#include <algorithm>

namespace mooring::observe {
namespace {

using plan::Probe;

// One lost answer does not make a server that works one that does not.
constexpr unsigned failures_believed = 4;

std::chrono::steady_clock::time_point now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

Prober::Prober(
    Options options, Exchange exchange, std::function<void(const api::ObjectKey&)> changed
)
    : options_(options), exchange_(std::move(exchange)), changed_(std::move(changed)) {}

Prober::~Prober() {
  stop();
}

void Prober::start() {
  for (unsigned i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

void Prober::stop() {
  queue_.shut_down();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

bool Prober::Known::is_verified() const {
  return probe && probe->template_hash == asked_hash && probe->outcome == Probe::Outcome::verified;
}

bool Prober::is_due(const Known& known) const {
  if (known.asked_hash != known.wanted_hash) {
    return true;
  }
  return now() - known.asked_at >=
         (known.failures == 0 ? options_.fresh_for : wait_after_failure(known));
}

// What was verified is not doubted in a hurry; what is new is soon asked again.
std::chrono::milliseconds Prober::wait_after_failure(const Known& known) const {
  if (known.is_verified()) {
    return options_.retry_after;
  }
  constexpr unsigned doublings = 10;
  const auto soon = options_.first_retry_after * (1U << std::min(known.failures - 1, doublings));
  return std::min(soon, options_.retry_after);
}

std::optional<Probe> Prober::latest(
    const api::ObjectKey& server, const std::string& url, const std::string& template_hash
) {
  const std::lock_guard lock(mutex_);
  Known& known = known_[server];
  known.url = url;
  known.wanted_hash = template_hash;
  // While it rolls out, the pods behind the Service differ: there is no one answer to ask for.
  if (!template_hash.empty() && is_due(known)) {
    queue_.add(server);
  }
  return known.probe;
}

void Prober::forget(const api::ObjectKey& server) {
  const std::lock_guard lock(mutex_);
  known_.erase(server);
}

void Prober::run() {
  while (const auto taken = queue_.take()) {
    ask(taken->key);
    queue_.done(taken->key);
  }
}

void Prober::ask(const api::ObjectKey& server) {
  std::string url;
  std::string hash;
  {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(server);
    if (known == known_.end() || known->second.wanted_hash.empty()) {
      return;
    }
    url = known->second.url;
    hash = known->second.wanted_hash;
  }
  Probe made = probe(url, options_.is_inside, exchange_);
  made.template_hash = hash;
  if (take(server, hash, std::move(made))) {
    changed_(server);
  }
}

bool Prober::take(const api::ObjectKey& server, const std::string& hash, Probe made) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(server);
  if (found == known_.end()) {
    return false;
  }
  Known& known = found->second;
  known.failures = made.outcome == Probe::Outcome::verified ? 0
                   : known.asked_hash == hash               ? known.failures + 1
                                                            : 1;
  known.asked_hash = hash;
  known.asked_at = now();
  if (known.failures > 0) {
    const auto wait = wait_after_failure(known);
    const bool is_believed = known.failures >= failures_believed;
    if (!is_believed || wait < options_.retry_after) {
      queue_.add_after(server, wait);
    }
    if (!is_believed) {
      return false;
    }
  }
  const bool is_new = known.probe != made;
  known.probe = std::move(made);
  return is_new;
}

}  // namespace mooring::observe
