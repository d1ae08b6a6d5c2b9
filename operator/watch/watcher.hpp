// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/kube/rest_client.hpp"
#include "operator/watch/list_watch_fsm.hpp"
#include "operator/watch/store.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace mooring::watch {

struct WatcherHooks {
  /// After the store has taken it.
  std::function<void(const Change&)> changed;
  /// A list or a watch failed; it is tried again.
  std::function<void(const kube::Scope&, const kube::Failure&)> failed;
  /// The cluster has the optional kind now, and did not before, or the other way round.
  std::function<void(const kube::Scope&)> came_or_went = {};
};

/// Keeps a store up to date, on a thread of its own: does what the machine says.
class Watcher {
 public:
  Watcher(kube::RestClient& client, Store& store, WatcherHooks hooks);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void start();
  /// Ends what it waits for and the thread; a list under way ends with the client's cancel.
  void stop();

 private:
  void run();
  Step obey(const Action& action);
  Event obey_list(const List& list);
  Event obey_watch(const Watch& watch);
  Event obey_wait(const Wait& wait);
  /// The failure of an ERROR frame, if it was one.
  std::optional<kube::Failure> take_line(const std::string& line);
  void collect(Frame::Type type, api::Object object);
  void deliver(Frame::Type type, api::Object object);
  void replace(bool is_missing);
  Event failed(kube::Failure failure);
  double random();
  bool stopping();

  kube::RestClient& client_;
  Store& store_;
  WatcherHooks hooks_;
  ListWatchFsm fsm_;
  std::map<api::ObjectKey, api::Object> collected_;
  unsigned seed_;

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::shared_ptr<kube::WatchStream> stream_;
  std::thread thread_;
};

}  // namespace mooring::watch
