// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/relay.hpp"

namespace mooring::pipeline {
namespace {

// What a short event takes beside its text.
constexpr std::size_t overhead = 128;

std::size_t bytes_of(const backend::Event& event) {
  if (const auto* notice = std::get_if<backend::Notice>(&event)) {
    return overhead + notice->params.size();
  }
  if (const auto* question = std::get_if<backend::Question>(&event)) {
    return overhead + question->id.size() + question->method.size() + question->params.size();
  }
  return 0;  // the answer has room always
}

}  // namespace

// A notice without room is dropped. A question whose backend waits for an answer loses all but its
// id: without a method it is one that no client supports, and its backend is told so.
bool Relay::has_room(backend::Event& event) {
  const std::size_t waiting = words_ ? words_->bytes() : kept_bytes_;
  const std::size_t bytes = bytes_of(event);
  if (bytes == 0 || waiting + bytes <= most_bytes) {
    return true;
  }
  dropped_.increment();
  auto* question = std::get_if<backend::Question>(&event);
  if (question == nullptr) {
    return false;
  }
  *question = {std::move(question->id), "", ""};
  return waiting + bytes_of(event) <= 2 * most_bytes;
}

void Relay::on_event(backend::Event event) {
  const std::lock_guard lock(mutex_);
  if (!has_room(event)) {
    return;
  }
  const std::size_t bytes = bytes_of(event);
  if (words_) {
    words_->put(std::move(event), bytes);
  } else {
    kept_.push_back(std::move(event));
    kept_bytes_ += bytes;
  }
}

void Relay::attach(std::shared_ptr<Words> words) {
  const std::lock_guard lock(mutex_);
  words_ = std::move(words);
  while (words_ && !kept_.empty()) {
    const std::size_t bytes = bytes_of(kept_.front());
    words_->put(std::move(kept_.front()), bytes);
    kept_.pop_front();
    kept_bytes_ -= bytes;
  }
}

}  // namespace mooring::pipeline
