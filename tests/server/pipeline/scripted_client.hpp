// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/client.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mooring::tests {

/// Takes what it is told until the test lets it leave, and shows it.
class ScriptedClient final : public net::Client {
 public:
  explicit ScriptedClient(asio::io_context& context) : context_(context) {}

  std::vector<http::Reply> heads;
  std::string said;  ///< with the bodies of the heads
  bool body_is_released = false;

  /// It closes its connection.
  void leave() {
    is_gone_ = true;
    if (const auto gone = std::exchange(gone_, nullptr)) {
      gone();
    }
  }

  asio::any_io_executor executor() override { return context_.get_executor(); }

  void on_gone(std::function<void()> gone) override { gone_ = std::move(gone); }

  bool is_gone() const override { return is_gone_; }

  void on_lost(std::function<void()> /*lost*/) override {}

  void release_body() override { body_is_released = true; }

  asio::awaitable<bool> begin(const http::Reply& head) override {
    heads.push_back(head);
    return write(head.body);
  }

  asio::awaitable<bool> write(std::string_view piece) override {
    if (!is_gone_) {
      said += piece;
    }
    co_return !is_gone_;
  }

 private:
  asio::io_context& context_;
  bool is_gone_ = false;
  std::function<void()> gone_;
};

}  // namespace mooring::tests
