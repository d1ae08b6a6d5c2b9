// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/backend.hpp"
#include "server/catalogue/offers.hpp"
#include "server/mcp/mcp.hpp"
#include "server/pipeline/inbox.hpp"
#include "server/pipeline/streams.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mooring::pipeline {

/// Brings what changed to whoever wants to know: modern clients that listen, legacy sessions that
/// hold a stream open. Safe to use from every thread.
class Hub {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Hub(Streams& streams, const std::vector<backend::Backend*>& backends)
      : streams_(streams), backends_(backends) {}

  /// A notification; nothing: there will be no further one.
  struct News {
    std::string_view method;  ///< a literal
    std::string params;       ///< raw JSON object; empty: none
  };

  using Ears = Inbox<std::optional<News>>;

  /// A modern client that listens, until it goes out of scope.
  class Listening {
   public:
    Listening(Hub& hub, std::uint64_t number) : hub_(hub), number_(number) {}

    ~Listening() { hub_.unlisten(number_); }

    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;

   private:
    Hub& hub_;
    const std::uint64_t number_;
  };

  /// Nullptr if too many resources are watched already.
  std::unique_ptr<Listening> listen(const mcp::Listen& filter, std::shared_ptr<Ears> ears);

  /// A stream of a legacy session for what belongs to no request. A session has one: each message
  /// goes over one stream only.
  events::EventId open_stream(const std::string& session);
  /// Its client has come back to it.
  void return_to_stream(const std::string& session, std::uint64_t stream);
  /// Its client is gone, and may come back for a while.
  void leave_stream(const std::string& session, std::uint64_t stream);
  /// Whether this session may have so many resources watched.
  bool subscribe(const std::string& session, std::size_t backend, const std::string& uri);
  void unsubscribe(const std::string& session, std::size_t backend, const std::string& uri);
  void forget(const std::string& session);

  void changed(catalogue::Kind kind);
  void updated(std::size_t backend, const std::string& uri);
  /// Ends all streams, as after it nothing is told any more.
  void close();

  static constexpr std::size_t most_resources = 1'000;  ///< a session watches
  static constexpr std::size_t most_sessions = 10'000;  ///< that have streams or subscriptions
  static constexpr std::size_t most_watched = 10'000;   ///< by all together

 private:
  using Resource = std::pair<std::size_t, std::string>;  // backend and uri

  struct Session {
    std::optional<std::uint64_t> stream;
    unsigned followers = 0;  ///< connections that read the stream
    std::optional<Time> left;
    std::set<Resource> resources;
  };

  struct Listener {
    mcp::Listen filter;
    std::shared_ptr<Ears> ears;
  };

  using Sessions = std::unordered_map<std::string, Session>;

  void unlisten(std::uint64_t number);
  void watch(const Resource& resource);
  void unwatch(const Resource& resource);
  Session* enter(const std::string& session);
  void drop(Sessions::iterator session);
  void drop_abandoned();
  void tell(const Session& session, std::string_view message);

  Streams& streams_;
  const std::vector<backend::Backend*>& backends_;
  std::mutex mutex_;
  Sessions sessions_;
  std::map<std::uint64_t, Listener> listeners_;
  std::uint64_t last_number_ = 0;
  std::map<Resource, std::size_t> watched_;  // by how many
  bool is_closed_ = false;
};

}  // namespace mooring::pipeline
