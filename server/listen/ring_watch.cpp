// SPDX-License-Identifier: Apache-2.0
#include "server/listen/ring_watch.hpp"

#include "core/file/read_file.hpp"
#include "core/log/log.hpp"

#include <chrono>
#include <utility>

namespace mooring::listen {
namespace {

constexpr std::size_t ring_limit = 64U << 10;
// Kubelets take a minute to bring a change, so nobody waits for us.
constexpr std::chrono::seconds between_looks{2};

}  // namespace

Result<seal::Ring> read_ring(const std::string& path) {
  const auto content = file::read_file(path, ring_limit);
  if (!content) {
    return fail(
        Errc::invalid,
        "sessions.keyRing: " + content.error().message +
            "; it holds {\"keys\":[{\"id\":…,\"secret\":…}]}, empty makes a key at start"
    );
  }
  auto ring = seal::Ring::parse(*content);
  if (!ring) {
    return fail(Errc::invalid, "sessions.keyRing: " + path + ": " + ring.error().message);
  }
  return ring;
}

RingWatch::RingWatch(
    std::string path,
    seal::Holder& keys,
    metrics::Registry& registry,
    std::function<void()> reloaded
)
    : path_(std::move(path)),
      keys_(keys),
      reloaded_(std::move(reloaded)),
      count_(registry.gauge("mooring_key_ring_keys", "Keys in the ring that is in force.")),
      loaded_(registry.gauge(
          "mooring_key_ring_loaded_timestamp_seconds",
          "When the ring that is in force was read, in seconds since 1970."
      )) {
  tell_metrics();
}

RingWatch::~RingWatch() {
  stop();
}

void RingWatch::start() {
  if (!path_.empty()) {
    thread_ = std::thread([this] { run(); });
  }
}

void RingWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  stopping_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

// The content is compared, not the file's time: what stands in its place may be older, and a
// kubelet swaps a link two folders above.
void RingWatch::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, between_looks, [this] { return is_stopped_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void RingWatch::look() {
  auto ring = read_ring(path_);
  if (!ring) {
    if (std::exchange(last_complaint_, ring.error().message) != ring.error().message) {
      log::error(
          "key ring not read again, the one before stays", {{"error", ring.error().message}}
      );
    }
    return;
  }
  last_complaint_.clear();
  if (keys_.replace(*std::move(ring))) {
    tell_metrics();
    log::info(
        "key ring read again",
        {{"keys", keys_.ring().size()}, {"sealing", keys_.ring().sealing().id}}
    );
    reloaded_();
  }
}

void RingWatch::tell_metrics() {
  count_.set(static_cast<double>(keys_.ring().size()));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  loaded_.set(std::chrono::duration<double>(now).count());
}

}  // namespace mooring::listen
