// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/backend.hpp"
#include "server/catalogue/offers.hpp"
#include "server/mcp/mcp.hpp"
#include "server/pipeline/inbox.hpp"
#include "server/pipeline/streams.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mooring::pipeline {

/// Brings what changed to whoever wants to know: modern clients that listen, legacy sessions that
/// hold a stream open. What it keeps for a session, its stream and its subscriptions, is given up
/// when nobody reads the stream and no request has come for `idle_timeout`. Safe to use from every
/// thread.
class Hub {
 public:
  using Clock = std::chrono::steady_clock;

  Hub(Streams& streams,
      const std::vector<backend::Backend*>& backends,
      std::chrono::milliseconds idle_timeout)
      : streams_(streams), backends_(backends), idle_timeout_(idle_timeout) {}

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

  /// A client that reads its session's stream, until it goes out of scope.
  class Following {
   public:
    Following(Hub& hub, std::string session, std::uint64_t stream)
        : hub_(hub), session_(std::move(session)), stream_(stream) {}

    ~Following() { hub_.leave_stream(session_, stream_); }

    Following(const Following&) = delete;
    Following& operator=(const Following&) = delete;

   private:
    Hub& hub_;
    const std::string session_;
    const std::uint64_t stream_;
  };

  /// Nullptr if too many resources are watched already.
  std::unique_ptr<Listening> listen(const mcp::Listen& filter, std::shared_ptr<Ears> ears);

  /// A stream of a legacy session for what belongs to no request. A session has one: each message
  /// goes over one stream only. Nothing if there is no room, as so many sessions read theirs.
  std::optional<events::EventId> open_stream(const std::string& session);
  /// Its client has come back to it.
  void return_to_stream(const std::string& session, std::uint64_t stream);
  /// Its client is gone, and may come back for a while.
  void leave_stream(const std::string& session, std::uint64_t stream);
  /// Whether this session may have so many resources watched.
  bool subscribe(const std::string& session, std::size_t backend, const std::string& uri);
  void unsubscribe(const std::string& session, std::size_t backend, const std::string& uri);
  void forget(const std::string& session);
  /// There has been a request of it. Free as long as nothing is kept for any session.
  void use(const std::string& session);
  /// Gives up what is idle.
  void tend(Clock::time_point now);

  /// For how many something is kept.
  std::size_t sessions() const { return size_.load(std::memory_order_relaxed); }

  void changed(catalogue::Kind kind);
  /// `session`: in whose process, empty if it is that of all.
  void updated(std::size_t backend, const std::string& session, const std::string& uri);
  /// Ends all streams, as after it nothing is told any more.
  void close();

  static constexpr std::size_t most_resources = 1'000;  ///< a session watches
  static constexpr std::size_t most_sessions = 10'000;  ///< that have streams or subscriptions
  static constexpr std::size_t most_watched = 10'000;   ///< by all together
  /// Of all that is kept to know who wants what.
  static constexpr std::size_t most_bytes = 16 << 20;

 private:
  using Resource = std::pair<std::size_t, std::string>;  // backend and uri
  using Order = std::list<std::string>;                  // the one used longest ago first

  struct Session {
    std::optional<std::uint64_t> stream;
    unsigned followers = 0;  // connections that read the stream
    Clock::time_point used;
    Order::iterator place;  // in quiet_, while there are no followers
    std::set<Resource> resources;
  };

  struct Listener {
    mcp::Listen filter;
    std::shared_ptr<Ears> ears;
  };

  using Sessions = std::unordered_map<std::string, Session>;

  void unlisten(std::uint64_t number);
  std::string owner_of(std::size_t backend, const std::string& session) const;
  void watch(const std::string& owner, const Resource& resource);
  void unwatch(const std::string& owner, const Resource& resource);
  Session* enter(const std::string& session);
  void drop(Sessions::iterator session);
  void tell(const Session& session, std::string_view message);

  Streams& streams_;
  const std::vector<backend::Backend*>& backends_;
  const std::chrono::milliseconds idle_timeout_;
  std::mutex mutex_;
  Sessions sessions_;
  Order quiet_;
  std::atomic<std::size_t> size_{0};  // of sessions_
  std::map<std::uint64_t, Listener> listeners_;
  std::uint64_t last_number_ = 0;
  // By how many; the session is named where it has a process of its own.
  std::map<std::pair<std::string, Resource>, std::size_t> watched_;
  std::size_t bytes_ = 0;  // of most_bytes
  bool is_closed_ = false;
};

}  // namespace mooring::pipeline
