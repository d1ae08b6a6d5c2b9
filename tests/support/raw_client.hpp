// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/// A plain blocking TCP client on loopback that says exactly what it is told, good HTTP or bad.
namespace mooring::tests {

struct RawReply {
  int status = 0;  ///< 0: the connection ended before a whole reply
  std::string head;
  std::string body;

  bool has(std::string_view line) const {
    return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
  }
};

class RawClient {
 public:
  explicit RawClient(unsigned short port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    // Only against a test that hangs: no check waits for it.
    const timeval patience{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }

  ~RawClient() { ::close(socket_); }

  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  /// False if the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  /// The next reply; one to HEAD has no body.
  RawReply receive(bool head_only = false) {
    RawReply reply = receive_head();
    if (reply.status == 0) {
      return reply;
    }
    const auto length = reply.head.find("\r\nContent-Length: ");
    const std::size_t size =
        head_only || length == std::string::npos ? 0 : std::stoul(reply.head.substr(length + 18));
    while (buffer_.size() < size) {
      if (!fill()) {
        return {};
      }
    }
    reply.body = take(size);
    return reply;
  }

  /// The next reply without its body.
  RawReply receive_head() {
    RawReply reply;
    reply.head = receive_through("\r\n\r\n");
    reply.status = reply.head.empty() ? 0 : std::stoi(reply.head.substr(9, 3));
    return reply;
  }

  /// The next chunk of a body that comes in pieces; empty for the last one, "cut off" if the
  /// connection ended before.
  std::string receive_chunk() {
    const std::string line = receive_through("\r\n");
    const std::size_t size = line.empty() ? 0 : std::stoul(line, nullptr, 16);
    while (buffer_.size() < size + 2) {
      if (!fill()) {
        return "cut off";
      }
    }
    const std::string chunk = take(size);
    take(2);
    return chunk;
  }

  /// All that comes until the other side closes.
  std::string receive_rest() {
    while (fill()) {
    }
    return take(buffer_.size());
  }

  RawReply ask(std::string_view request) {
    send(request);
    return receive();
  }

  /// Waits for the other side to close; false if it sends something instead.
  bool closed_by_peer() { return buffer_.empty() && !fill() && !timed_out_; }

 private:
  /// Empty if the connection ended before.
  std::string receive_through(std::string_view end) {
    std::size_t at = 0;
    while ((at = buffer_.find(end)) == std::string::npos) {
      if (!fill()) {
        return "";
      }
    }
    return take(at + end.size());
  }

  std::string take(std::size_t size) {
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }

  bool fill() {
    char bytes[4096];
    const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
    timed_out_ = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (size <= 0) {
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  bool connected_ = false;
  bool timed_out_ = false;
  std::string buffer_;
};

}  // namespace mooring::tests
