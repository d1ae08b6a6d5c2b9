// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/stdio.hpp"
#include "tests/support/tree.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mooring::tests {

using namespace std::chrono_literals;
using nlohmann::json;

inline const std::string child_program =
    mooring::tests::in_build("tests/fixtures/stdio/stdio_child").string();

/// A started backend whose changes can be waited for.
class Subject {
 public:
  explicit Subject(backend::StdioOptions options)
      : backend_(std::make_unique<backend::StdioBackend>(std::move(options), registry_)) {
    backend_->start(
        {.changed = [this] { note(); },
         .updated =
             [this](const std::string& session, const std::string& uri) {
               {
                 const std::lock_guard lock(mutex_);
                 updated_.push_back(session.empty() ? uri : session + " " + uri);
               }
               note();
             }}
    );
  }

  ~Subject() { backend_->stop(); }

  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  backend::StdioBackend& operator*() { return *backend_; }

  backend::StdioBackend* operator->() { return backend_.get(); }

  void wait_until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    std::unique_lock lock(mutex_);
    while (!holds()) {
      const unsigned seen = changes_;
      const bool in_time = changed_.wait_until(lock, deadline, [&] { return changes_ != seen; });
      REQUIRE(in_time);
    }
  }

  /// Of each status it has had, one after the other: a state may be over before it is seen.
  backend::Status wait_for(backend::State state) {
    backend::Status found;
    wait_until([&] {
      while (!unseen_.empty()) {
        found = unseen_.front();
        unseen_.pop_front();
        if (found.state == state) {
          return true;
        }
      }
      return false;
    });
    return found;
  }

  /// The uris whose changes it was told of, after the session in whose process it was. Only from
  /// within wait_until, or when all is quiet.
  const std::vector<std::string>& updated() const { return updated_; }

  double metric(const std::string& name, const std::string& reason = "") {
    const std::string key =
        name + "{backend=\"notes\"" + (reason.empty() ? "" : ",reason=\"" + reason + "\"") + "} ";
    const std::string page = registry_.serialize();
    const auto at = page.find(key);
    REQUIRE(at != std::string::npos);
    return std::stod(page.substr(at + key.size()));
  }

 private:
  void note() {
    const std::lock_guard lock(mutex_);
    ++changes_;
    if (const backend::Status now = backend_->status(); unseen_.empty() || unseen_.back() != now) {
      unseen_.push_back(now);
    }
    changed_.notify_all();
  }

  metrics::Registry registry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned changes_ = 0;
  std::vector<std::string> updated_;
  std::deque<backend::Status> unseen_;
  std::unique_ptr<backend::StdioBackend> backend_;
};

inline backend::StdioOptions command(std::vector<std::string> argv) {
  backend::StdioOptions options;
  options.name = "notes";
  options.source = settings::StdioCommand{std::move(argv), "", {}, {}};
  return options;
}

inline backend::StdioOptions fixture(const std::string& mode) {
  return command({child_program, mode});
}

/// Keeps what it is told; the answer can be waited for.
class Listener final : public backend::Sink {
 public:
  void on_event(backend::Event event) override {
    if (auto* answer = std::get_if<Result<backend::Answer>>(&event)) {
      const std::lock_guard lock(mutex_);
      is_answered_ = true;
      answer_.set_value(std::move(*answer));
      changed_.notify_all();
      return;
    }
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(event));
    changed_.notify_all();
  }

  Result<backend::Answer> answer() {
    auto future = answer_.get_future();
    REQUIRE(future.wait_for(60s) == std::future_status::ready);
    return future.get();
  }

  /// The next event before the answer.
  backend::Event next() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 60s, [this] { return taken_ < heard_.size(); }));
    return heard_[taken_++];
  }

  /// Whether something comes before the answer.
  bool hears_first() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 60s, [this] { return is_answered_ || !heard_.empty(); }));
    return !heard_.empty();
  }

  std::size_t heard() {
    const std::lock_guard lock(mutex_);
    return heard_.size();
  }

 private:
  std::promise<Result<backend::Answer>> answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<backend::Event> heard_;
  std::size_t taken_ = 0;
  bool is_answered_ = false;
};

inline std::string call_params(const std::string& tool, const json& arguments = json::object()) {
  return json{{"name", tool}, {"arguments", arguments}}.dump();
}

/// A call that has begun.
struct Begun {
  std::shared_ptr<Listener> listener = std::make_shared<Listener>();
  std::shared_ptr<backend::Call> call;
};

inline Begun begin(backend::Backend& backend, backend::CallRequest request) {
  Begun begun;
  begun.call = backend.begin(std::move(request), begun.listener);
  return begun;
}

inline Begun begin(backend::Backend& backend, const std::string& params) {
  return begin(backend, backend::CallRequest{"tools/call", params});
}

inline Result<backend::Answer> call(backend::Backend& backend, const std::string& params) {
  return begin(backend, params).listener->answer();
}

inline std::string call_text(
    backend::Backend& backend, const std::string& tool, const json& arguments = json::object()
) {
  const auto answer = call(backend, call_params(tool, arguments));
  const std::string problem = answer ? "" : answer.error().message;
  CAPTURE(problem);
  REQUIRE(answer.has_value());
  REQUIRE_FALSE(answer->is_error);
  return json::parse(answer->raw)["content"][0]["text"];
}

}  // namespace mooring::tests
