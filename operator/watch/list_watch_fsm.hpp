// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/time/backoff.hpp"
#include "operator/kube/failure.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mooring::watch {

using Instant = std::chrono::steady_clock::time_point;

/// GET a page of the list. `limit` 0: all at once, so that the server's watch cache can answer.
struct List {
  std::string resource_version;
  std::string continue_token;
  int limit = 0;
  bool operator==(const List&) const = default;
};

/// Open a stream. With `initial_events` the server sends what is there first (a "watch list"),
/// ended by a bookmark.
struct Watch {
  std::string resource_version;
  bool initial_events = false;
  bool operator==(const Watch&) const = default;
};

struct Wait {
  std::chrono::milliseconds time{0};
  bool operator==(const Wait&) const = default;
};

using Action = std::variant<List, Watch, Wait>;

/// A page of the list was collected.
struct Paged {
  std::string resource_version;
  std::string continue_token;
};

struct Failed {
  kube::Failure failure;
};

/// The stream ended without a failure.
struct Closed {};

struct Waited {};

using Event = std::variant<Paged, Failed, Closed, Waited>;

struct Step {
  bool replace = false;  ///< first: what was collected becomes the whole content of the store
  Action next;
  bool missing = false;  ///< with `replace`: nothing was collected, as the kind is not there
};

/// One line of a stream.
struct Frame {
  enum class Type { added, modified, deleted, bookmark, error, unknown };
  Type type = Type::unknown;
  std::string_view resource_version;
  bool initial_events_end = false;
};

enum class FrameAction {
  collect,  ///< into what is being collected
  replace,  ///< what was collected becomes the whole content of the store
  deliver,  ///< into the store
  skip,
  end,  ///< an ERROR: close the stream, then step(Failed{its Status})
};

/// Keeps a copy of a list up to date, by watch list with fall-back to list and watch: what
/// client-go's reflector does. Pure: the driver does what it says and tells what happened. Starting
/// a new List without a continue token or a new Watch with initial events empties the collection.
///
/// Of an optional kind that the server does not have there is nothing, which is a content like any
/// other; it is asked for again and again, as it may be installed at any time.
class ListWatchFsm {
 public:
  explicit ListWatchFsm(bool watch_lists = true, bool is_optional = false)
      : watch_lists_(watch_lists), is_optional_(is_optional) {}

  Action start(Instant now);
  /// `random` in [0,1) spreads the waits.
  Step step(const Event& event, Instant now, double random);
  FrameAction frame(const Frame& frame);

  /// The store has had its first full content.
  bool synced() const { return synced_; }

  /// The store is at least as new as this.
  const std::string& resource_version() const { return resource_version_; }

 private:
  enum class State { initial_events, listing, watching, waiting };

  Action enter(Action action, Instant now);
  Action begin(Instant now);
  Action list(Instant now);
  Action rewatch(Instant now);
  Action wait(
      Action then, std::optional<std::chrono::milliseconds> at_least, Instant now, double random
  );
  Action begin_anew(Instant now, double random);

  Step on_paged(const Paged& page, Instant now);
  Action on_initial_events_failed(const kube::Failure& failure, Instant now, double random);
  Step on_missing(Instant now, double random);
  Action on_list_failed(const kube::Failure& failure, Instant now, double random);
  Action on_watch_failed(const kube::Failure& failure, Instant now, double random);
  Action on_closed(Instant now, double random);

  time::Backoff backoff_;
  State state_ = State::waiting;
  Action after_wait_ = List{};
  List list_;
  bool watch_lists_;
  bool is_optional_;
  bool synced_ = false;
  bool version_unavailable_ = false;  ///< the version we know is not served: ask for the newest
  std::string resource_version_;
  unsigned attempt_ = 0;
  Instant last_wait_end_{};
  std::optional<Instant> last_anew_;
  Instant stream_opened_{};
  unsigned frames_ = 0;
};

}  // namespace mooring::watch
