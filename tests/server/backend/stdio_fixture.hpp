// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/stdio.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace mooring::tests {

using namespace std::chrono_literals;
using nlohmann::json;

inline const std::string child_program = MOORING_BINARY_DIR "/tests/fixtures/stdio/stdio_child";

/// A started backend whose changes can be waited for.
class Subject {
 public:
  explicit Subject(backend::StdioOptions options)
      : backend_(std::make_unique<backend::StdioBackend>(std::move(options), registry_)) {
    backend_->start([this] {
      const std::lock_guard lock(mutex_);
      ++changes_;
      changed_.notify_all();
    });
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

  void wait_for(backend::State state) {
    wait_until([&] { return backend_->status().state == state; });
  }

  double metric(const std::string& name, const std::string& reason = "") {
    const std::string key =
        name + "{backend=\"notes\"" + (reason.empty() ? "" : ",reason=\"" + reason + "\"") + "} ";
    const std::string page = registry_.serialize();
    const auto at = page.find(key);
    REQUIRE(at != std::string::npos);
    return std::stod(page.substr(at + key.size()));
  }

 private:
  metrics::Registry registry_;
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned changes_ = 0;
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

inline asio::awaitable<void> call_into(
    backend::Backend& backend, std::string params, std::optional<Result<backend::Answer>>& answer
) {
  backend::CallRequest request{"tools/call", std::move(params)};
  answer = co_await backend.call(std::move(request));
}

inline std::string call_params(const std::string& tool, const json& arguments = json::object()) {
  return json{{"name", tool}, {"arguments", arguments}}.dump();
}

/// A call from a thread of its own, as it were: an io_context that runs until the answer is there.
inline Result<backend::Answer> call(backend::Backend& backend, const std::string& params) {
  asio::io_context context;
  std::optional<Result<backend::Answer>> answer;
  asio::co_spawn(context, call_into(backend, params, answer), asio::detached);
  context.run();
  REQUIRE(answer.has_value());
  return std::move(*answer);
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
