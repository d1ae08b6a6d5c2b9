// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/client.hpp"
#include "core/text/ascii.hpp"

#include <functional>
#include <span>
#include <string_view>
#include <utility>

namespace mooring::pipeline {

/// Adds what a reply does not say yet, in whatever case: one that came over another replica has its
/// names in lower case, and browsers refuse an answer that allows their page twice.
inline void add_missing(http::Reply& reply, std::span<const http::HeaderView> headers) {
  const std::size_t said = reply.headers.size();
  for (const http::HeaderView& header : headers) {
    bool is_said = false;
    for (std::size_t i = 0; i < said; ++i) {
      is_said = is_said || text::iequals(reply.headers[i].first, header.name);
    }
    if (!is_said) {
      reply.headers.emplace_back(header.name, header.value);
    }
  }
}

/// A client that is a page in a browser: the streams it gets say too that it may read them.
class PageClient final : public net::Client {
 public:
  PageClient(net::Client& client, std::span<const http::HeaderView> headers)
      : client_(client), headers_(headers) {}

  asio::any_io_executor executor() override { return client_.executor(); }

  void on_gone(std::function<void()> gone) override { client_.on_gone(std::move(gone)); }

  bool is_gone() const override { return client_.is_gone(); }

  void on_lost(std::function<void()> lost) override { client_.on_lost(std::move(lost)); }

  void release_body() override { client_.release_body(); }

  asio::awaitable<bool> begin(const http::Reply& head) override {
    http::Reply dressed = head;
    add_missing(dressed, headers_);
    co_return co_await client_.begin(dressed);
  }

  asio::awaitable<bool> write(std::string_view piece) override { return client_.write(piece); }

  void break_off() override { client_.break_off(); }

 private:
  net::Client& client_;
  const std::span<const http::HeaderView> headers_;
};

}  // namespace mooring::pipeline
