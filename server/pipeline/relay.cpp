// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/relay.hpp"

namespace mooring::pipeline {
namespace {

// A backend that tells faster than its client reads is heard in part: only what must not be lost is
// kept beyond.
constexpr std::size_t most_notices = 1024;

}  // namespace

void Relay::on_event(backend::Event event) {
  const std::lock_guard lock(mutex_);
  const std::size_t waiting = words_ ? words_->size() : kept_.size();
  if (std::holds_alternative<backend::Notice>(event) && waiting >= most_notices) {
    return;
  }
  if (words_) {
    words_->put(std::move(event));
  } else {
    kept_.push_back(std::move(event));
  }
}

void Relay::attach(std::shared_ptr<Words> words) {
  const std::lock_guard lock(mutex_);
  words_ = std::move(words);
  while (words_ && !kept_.empty()) {
    words_->put(std::move(kept_.front()));
    kept_.pop_front();
  }
}

}  // namespace mooring::pipeline
