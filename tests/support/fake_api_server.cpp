// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_api_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace mooring::support {
namespace {

using namespace std::chrono_literals;

/// Reads until the head's blank line, then Content-Length bytes more. Nothing at the peer's end.
class RequestReader {
 public:
  explicit RequestReader(int socket) : socket_(socket) {}

  std::optional<ApiRequest> read() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) {
        return std::nullopt;
      }
    }
    ApiRequest request = parse_head(buffer_.substr(0, end));
    buffer_.erase(0, end + 4);
    const std::size_t length = std::strtoul(request.headers["content-length"].c_str(), nullptr, 10);
    while (buffer_.size() < length) {
      if (!more()) {
        return std::nullopt;
      }
    }
    request.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return request;
  }

 private:
  bool more() {
    char bytes[16384];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  static ApiRequest parse_head(const std::string& head) {
    ApiRequest request;
    const std::size_t first = head.find("\r\n");
    const std::string line = head.substr(0, first);
    const std::size_t space = line.find(' ');
    request.method = line.substr(0, space);
    const std::string target = line.substr(space + 1, line.rfind(' ') - space - 1);
    const std::size_t question = target.find('?');
    request.path = target.substr(0, question);
    request.query = question == std::string::npos ? "" : target.substr(question + 1);
    for (std::size_t at = first; at != std::string::npos && at + 2 < head.size();) {
      const std::size_t next = head.find("\r\n", at + 2);
      const std::string header = head.substr(at + 2, next - at - 2);
      const std::size_t colon = header.find(':');
      std::string name = header.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
      });
      request.headers[name] = header.substr(header.find_first_not_of(' ', colon + 1));
      at = next;
    }
    return request;
  }

  int socket_;
  std::string buffer_;
};

}  // namespace

std::string ApiRequest::line() const {
  return method + " " + path + (query.empty() ? "" : "?" + query);
}

void ApiAnswer::send(std::string_view bytes) {
  while (!bytes.empty() && !closed_) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      closed_ = true;
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void ApiAnswer::reply(int status, std::string_view body, std::string_view extra_headers) {
  send(
      "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
      std::string(extra_headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      std::string(body)
  );
}

void ApiAnswer::begin(int status) {
  send(
      "HTTP/1.1 " + std::to_string(status) +
      " X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
  );
}

void ApiAnswer::chunk(std::string_view bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  send(size + std::string(bytes) + "\r\n");
}

void ApiAnswer::end() {
  send("0\r\n\r\n");
}

void ApiAnswer::cut() {
  ::shutdown(socket_, SHUT_RDWR);
  closed_ = true;
}

void ApiAnswer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  closed_ = true;
}

FakeApiServer::FakeApiServer() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &length) != 0) {
    std::perror("fake API server");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeApiServer::~FakeApiServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    for (const int socket : sockets_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  acceptor_.join();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  ::close(listener_);
}

std::string FakeApiServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

void FakeApiServer::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (socket < 0 || ending_) {
      if (socket >= 0) {
        ::close(socket);
      }
      return;
    }
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void FakeApiServer::serve(int socket) {
  RequestReader reader(socket);
  while (const auto request = reader.read()) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
      changed_.notify_all();
    }
    ApiAnswer answer(socket);
    handler_of (*request)(*request, answer);
    if (answer.closed()) {
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  sockets_.erase(std::find(sockets_.begin(), sockets_.end(), socket));
  ::close(socket);
}

FakeApiServer::Handler FakeApiServer::handler_of(const ApiRequest& request) {
  const std::lock_guard lock(mutex_);
  const std::string line = request.line();
  for (Script& script : scripts_) {
    if (line.starts_with(script.prefix)) {
      const std::size_t which = std::min(script.next++, script.answers.size() - 1);
      return script.answers[which];
    }
  }
  return replies(404, "404 page not found");
}

void FakeApiServer::on(std::string line_prefix, std::vector<Handler> answers) {
  const std::lock_guard lock(mutex_);
  scripts_.insert(scripts_.begin(), Script{std::move(line_prefix), std::move(answers)});
}

std::vector<ApiRequest> FakeApiServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t FakeApiServer::count(std::string_view part) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      requests_.begin(),
      requests_.end(),
      [part](const ApiRequest& request) { return request.line().find(part) != std::string::npos; }
  ));
}

bool FakeApiServer::wait_until(const std::function<bool()>& condition) const {
  const auto deadline = std::chrono::steady_clock::now() + 120s;
  while (!condition()) {
    std::unique_lock lock(mutex_);
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    changed_.wait_for(lock, 5ms);
  }
  return true;
}

bool FakeApiServer::wait_for_end(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return ending_; });
}

FakeApiServer::Handler replies(int status, std::string body, std::string headers) {
  return [=](const ApiRequest&, ApiAnswer& answer) { answer.reply(status, body, headers); };
}

std::string status_body(int code, const std::string& reason, const std::string& message) {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message +
         R"(","reason":")" + reason + R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace mooring::support
