// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace mooring::support {

struct ApiRequest {
  std::string method;
  std::string path;
  std::string query;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  /// `verb path?query`: what tests look for.
  std::string line() const;

  bool asks(std::string_view text) const { return query.find(text) != std::string::npos; }
};

/// One request's connection, for answers right and wrong.
class ApiAnswer {
 public:
  explicit ApiAnswer(int socket) : socket_(socket) {}

  void reply(int status, std::string_view body, std::string_view extra_headers = "");
  /// A chunked answer; each `chunk` is sent at once.
  void begin(int status = 200);
  void chunk(std::string_view bytes);
  void end();
  /// Closes in the middle; with a TCP reset.
  void cut();
  void reset();

  bool closed() const { return closed_; }

 private:
  void send(std::string_view bytes);
  int socket_;
  bool closed_ = false;
};

/// An API server that does as it is told, faults included: on loopback, plain HTTP/1.1, kept-alive
/// connections. What a healthy server does is tested on a real one.
class FakeApiServer {
 public:
  using Handler = std::function<void(const ApiRequest&, ApiAnswer&)>;

  FakeApiServer();
  ~FakeApiServer();
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  std::string url() const;

  /// The n-th request whose `line()` starts with this gets the n-th answer, later ones the last.
  void on(std::string line_prefix, std::vector<Handler> answers);

  std::vector<ApiRequest> requests() const;
  /// How many requests' lines contain this.
  std::size_t count(std::string_view part) const;
  /// Waits until `condition` holds; it is asked after each request, and every few milliseconds.
  bool wait_until(const std::function<bool()>& condition) const;

  /// For handlers that hang: true once the server is being ended.
  bool wait_for_end(std::chrono::milliseconds at_most);

 private:
  struct Script {
    std::string prefix;
    std::vector<Handler> answers;
    std::size_t next = 0;
  };

  void accept_all();
  void serve(int socket);
  Handler handler_of(const ApiRequest& request);

  int listener_ = -1;
  unsigned short port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool ending_ = false;
  std::vector<Script> scripts_;
  std::vector<ApiRequest> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// Ready-made answers.
FakeApiServer::Handler replies(int status, std::string body, std::string headers = "");
/// A Status object, as the API server refuses.
std::string status_body(int code, const std::string& reason, const std::string& message);

}  // namespace mooring::support
