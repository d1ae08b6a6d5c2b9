// SPDX-License-Identifier: Apache-2.0
#include "core/admin/admin_server.hpp"

#include "core/net/http_server.hpp"

namespace mooring::admin {
namespace {

class PageHandler : public net::Handler {
 public:
  explicit PageHandler(Pages pages) : pages_(std::move(pages)) {}

  asio::awaitable<http::Reply> handle(const http::Request& request, net::Client&) override {
    const auto page = pages_.find(std::string(request.path()));
    if (page == pages_.end()) {
      std::string known;
      for (const auto& [path, make] : pages_) {
        known += path + "\n";
      }
      co_return http::text_reply(404, "No such page. There are:\n" + known);
    }
    if (request.method != "GET" && request.method != "HEAD") {
      http::Reply reply = http::text_reply(405, "Only GET and HEAD here.\n");
      reply.headers.emplace_back("Allow", "GET, HEAD");
      co_return reply;
    }
    co_return page->second();
  }

  http::Reply refuse(int status, const std::string& why) override {
    return http::text_reply(status, why + "\n");
  }

 private:
  Pages pages_;
};

net::HttpServerOptions options(std::string address, unsigned short port) {
  net::HttpServerOptions made;
  made.address = std::move(address);
  made.port = port;
  made.max_body_bytes = 4096;
  made.max_connections = 64;
  return made;
}

}  // namespace

std::function<http::Reply()> metrics_page(metrics::Registry& registry) {
  return [&registry] {
    http::Reply reply;
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply.body = registry.serialize();
    return reply;
  };
}

struct AdminServer::Impl {
  Impl(std::string address, unsigned short port, Pages pages)
      : handler(std::move(pages)), server(options(std::move(address), port), handler) {}

  PageHandler handler;
  net::HttpServer server;
};

AdminServer::AdminServer(std::string address, unsigned short port, Pages pages)
    : impl_(std::make_unique<Impl>(std::move(address), port, std::move(pages))) {}

AdminServer::~AdminServer() = default;

Result<void> AdminServer::start() {
  return impl_->server.start();
}

unsigned short AdminServer::port() const {
  return impl_->server.port();
}

void AdminServer::stop() {
  impl_->server.stop();
}

}  // namespace mooring::admin
