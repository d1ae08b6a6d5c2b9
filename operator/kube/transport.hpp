// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/kube/connection.hpp"
#include "operator/kube/failure.hpp"
#include "operator/kube/watch_stream.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mooring::kube {

struct HttpRequest {
  std::string method;
  std::string path;  ///< with its query, encoded
  std::string content_type;
  std::string body;
};

struct HttpReply {
  int status = 0;
  std::string body;
  std::string retry_after;
  std::vector<std::string> warnings;
};

struct TransportOptions {
  std::string user_agent;
  /// Without a byte for so long, a request has failed; the same for a stream.
  std::chrono::seconds request_timeout{30};
  std::chrono::seconds stream_timeout{320};
};

/// HTTP to the API server: TLS with the connection's own CA and certificate (read anew for each TCP
/// connection, so that rotated files count), its token in each request. The one user of cpprestsdk.
/// Thread-safe; calls block the caller, never the library's threads.
class Transport {
 public:
  static Result<std::unique_ptr<Transport>> open(
      const Connection& connection, const TransportOptions& options
  );
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Any HTTP status is an answer. A request that broke on a kept-alive connection is sent once
  /// more.
  Answer<HttpReply> send(const HttpRequest& request);

  std::shared_ptr<WatchStream> stream(const std::string& path, std::string what);

  /// Requests under way fail, and so do all that come after. Streams have a cancel of their own.
  void cancel();
  void invalidate_token();
  const std::string& server() const;

 private:
  struct Impl;
  explicit Transport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::kube
