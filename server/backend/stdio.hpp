// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "core/net/asio.hpp"
#include "server/backend/backend.hpp"
#include "server/backend/introduction.hpp"
#include "server/backend/link.hpp"
#include "server/backend/listing.hpp"
#include "server/backend/supervisor.hpp"
#include "server/backend/waiters.hpp"
#include "server/rpc/message.hpp"

#include <array>
#include <atomic>
#include <bitset>
#include <mutex>
#include <set>
#include <thread>
#include <variant>

namespace mooring::backend {

struct StdioOptions {
  std::string name;
  std::variant<settings::StdioSocket, settings::StdioCommand> source;
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds start_timeout{30'000};
  bool check_arguments = true;
  /// Until a list that was not given is asked for again, unless the server tells of a change.
  std::chrono::milliseconds list_retry{30'000};
};

/// A server behind standard input and output, kept running. It has a thread of its own; calls come
/// from all threads, are written together, and answered to where they came from.
class StdioBackend final : public Backend, private Link::Listener {
 public:
  StdioBackend(StdioOptions options, metrics::Registry& registry);
  ~StdioBackend() override;
  StdioBackend(const StdioBackend&) = delete;
  StdioBackend& operator=(const StdioBackend&) = delete;

  const std::string& name() const override { return options_.name; }

  std::string_view kind() const override { return "stdio"; }

  Status status() const override;
  std::shared_ptr<const catalogue::Offers> offers() const override;

  era::Generation generation() const override { return generation_; }

  std::shared_ptr<Call> begin(CallRequest request, std::shared_ptr<Sink> sink) override;
  void watch(const std::string& uri, bool wanted) override;
  void start(Events events) override;
  void begin_stop() override;
  void stop() override;

 private:
  using Kinds = std::bitset<catalogue::kinds.size()>;
  using OnAnswer = void (StdioBackend::*)(const Answer&);
  enum class Ignored : std::uint8_t { invalid, unknown_id, notification, unrelated, flood };

  void on_line(std::string_view line) override;
  void on_stderr(std::string_view line) override;
  void on_stderr_left_out(std::size_t lines) override;
  void on_end(const std::string& why) override;

  void perform(const Supervisor::Event& event);
  void open_link();
  void set_clock();
  void publish();

  void take_turn(Introduction::Turn turn);
  void take_discover(const Answer& answer);
  void take_initialize(const Answer& answer);
  void list_all();
  void list_again(catalogue::Kind kind);
  void list_next();
  void list_at(Waiters::Time time);
  void take_page(const Answer& answer);
  void finish_listing();
  void listing_failed(const std::string& why);
  void publish_offers();
  void introduced();
  void note_age();

  void dispatch(const rpc::Message& message);
  void dispatch_response(const rpc::Message& message);
  void dispatch_notification(const rpc::Message& message);
  void fail_calls(std::string_view line, const std::string& why);
  void fail_call(rpc::Value reply, const std::string& why);
  void answer_request(const rpc::Message& message);
  void ignore(Ignored reason, std::string_view line);

  class UnderWay;

  void accept(std::uint64_t id, std::string tail, Waiting waiting);
  void cancel(std::uint64_t id, std::string_view reason);
  void reply(std::uint64_t id, const std::string& question_id, const Answer& answer);
  void ask_client(const rpc::Message& message);
  void hear_progress(const rpc::Message& message);
  void hear_log(const rpc::Message& message);
  void set_log_level(LogLevel level);
  void subscribe(const std::string& uri, bool wanted);
  void listen();
  void listen_soon();
  void pass_over(const Answer& answer);

  std::uint64_t ask(std::string_view method, const std::string& params, OnAnswer then);
  static std::string request_tail(std::string_view method, std::string_view params);
  void write_request(std::uint64_t id, std::string_view tail);
  void write_line(std::string_view line);
  void watch_deadlines();
  void expire();
  void tell_cancelled(std::uint64_t id, std::string_view reason);
  Error down() const;

  const StdioOptions options_;
  const std::string title_;  // `backend "notes"`, for messages
  metrics::Gauge up_gauge_;
  metrics::Counter restarts_counter_;
  std::array<metrics::Counter, 5> ignored_counters_;
  // Ticks of the clock since which what is offered may be out of date, 0: it is not. Shared with
  // the metric, which may be read after our end.
  std::shared_ptr<std::atomic<std::int64_t>> stale_since_;

  // Seen by all threads.
  mutable std::mutex mutex_;
  Status status_;
  std::shared_ptr<const catalogue::Offers> offers_;
  std::atomic<era::Generation> generation_{era::Generation::legacy};
  std::atomic<bool> is_up_{false};

  // The backend's own thread only.
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer clock_{context_};       // the supervisor's
  asio::steady_timer patience_{context_};    // with server/discover
  asio::steady_timer list_clock_{context_};  // when a list that keeps changing is due
  asio::steady_timer deadlines_{context_};   // one for all calls
  std::optional<Waiters::Time> watched_deadline_;
  Events events_;
  Supervisor supervisor_;
  Introduction introduction_;
  Waiters waiters_;
  std::shared_ptr<Link> link_;
  catalogue::Offers learnt_;        // of this run
  std::optional<Listing> listing_;  // the list that is being asked for
  Kinds to_list_;                   // to be asked for next
  std::array<Waiters::Time, catalogue::kinds.size()> next_list_{};
  Kinds changed_while_starting_;
  Kinds not_renewed_;  // asked for, and not given
  std::uint64_t discover_id_ = 0;
  bool ask_discover_ = true;
  std::optional<LogLevel> log_level_;  // what it has been told to say at least
  std::set<std::string> watched_;
  std::uint64_t listen_id_ = 0;
  asio::steady_timer relisten_{context_};
  std::chrono::steady_clock::time_point listened_;
  bool is_listen_due_ = false;
  std::string bridge_why_;
  std::chrono::steady_clock::time_point last_complaint_;

  std::thread thread_;
};

}  // namespace mooring::backend
