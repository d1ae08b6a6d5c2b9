// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/teller.hpp"

#include "server/gate/gate.hpp"

namespace mooring::pipeline {
namespace {

// How long a client is to wait before it comes back to a stream that broke.
constexpr std::chrono::milliseconds retry{1'000};

}  // namespace

http::Reply stream_head() {
  http::Reply head;
  head.status = 200;
  head.content_type = "text/event-stream";
  // For proxies that collect what they pass on (nginx).
  head.headers.emplace_back("X-Accel-Buffering", "no");
  head.fixed_headers = gate::security_headers();
  return head;
}

Teller::Teller(net::Client* client, std::optional<History> history)
    : client_(client), history_(std::move(history)) {}

Teller::~Teller() {
  if (has_begun_ && history_) {
    history_->streams.finish(id_.stream);
  }
}

asio::awaitable<void> Teller::begin() {
  has_begun_ = true;
  http::Reply head = stream_head();
  if (history_) {
    id_ = history_->streams.open(history_->session);
    if (history_->is_primed) {
      head.body = events::priming(id_, retry);
    }
  }
  co_await client_->begin(head);
}

asio::awaitable<void> Teller::tell(std::string_view message) {
  if (client_ == nullptr) {
    co_return;
  }
  if (!has_begun_) {
    co_await begin();
  }
  // Into the history even if the client is gone: it may come back for it.
  if (history_) {
    const events::Frame frame = history_->streams.append(id_.stream, message);
    co_await client_->write(*frame);
  } else {
    co_await client_->write(events::frame("", message));
  }
}

asio::awaitable<void> Teller::keep_alive() {
  if (client_ == nullptr || client_->is_gone()) {
    co_return;
  }
  if (!has_begun_) {
    co_await begin();
  }
  co_await client_->write(events::keep_alive);
}

}  // namespace mooring::pipeline
