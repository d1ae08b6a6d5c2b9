// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "core/net/asio.hpp"
#include "server/backend/backend.hpp"
#include "server/backend/introduction.hpp"
#include "server/backend/link.hpp"
#include "server/backend/lists.hpp"
#include "server/backend/supervisor.hpp"
#include "server/backend/waiters.hpp"
#include "server/rpc/message.hpp"
#include "server/settings/settings.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace mooring::backend {

struct StdioOptions {
  std::string name;
  std::variant<settings::StdioSocket, settings::StdioCommand> source;
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds start_timeout{30'000};
  bool check_arguments = true;
  settings::Instances instances = {};
  /// Until a list that was not given is asked for again, unless the server tells of a change.
  std::chrono::milliseconds list_retry{30'000};
};

struct InstanceCounters {
  metrics::Gauge running;
  metrics::Counter starts;
  metrics::Counter restarts;
  std::array<metrics::Counter, 5> ignored;  // by Instance::Ignored
};

/// One process of a stdio server, or one connection to a bridge, again and again as long as it is
/// wanted. Lives on the thread of its owner's io_context.
class Instance final : public std::enable_shared_from_this<Instance>, private Link::Listener {
 public:
  enum class Role : std::uint8_t {
    shared,   ///< always there, and known by its lists; may sleep while nobody calls
    session,  ///< of one session: started by a call, and without lists
  };

  enum class Ignored : std::uint8_t { invalid, unknown_id, notification, unrelated, flood };

  class Owner {
   public:
    virtual ~Owner() = default;
    virtual std::uint64_t new_id() = 0;
    /// status(), offers() or are_offers_fresh() may have changed.
    virtual void on_change(const Instance& instance) = 0;
    virtual void on_updated(const Instance& instance, const std::string& uri) = 0;
    /// One of a session has not been called for its idle time.
    virtual void on_unused(Instance& instance) = 0;
    /// The last that is heard of it; it must not be destroyed in here.
    virtual void on_stopped(Instance& instance) = 0;
  };

  /// Options, counters and owner must outlive it. `generation`: what a process of this server has
  /// spoken before.
  Instance(
      asio::io_context& context,
      const StdioOptions& options,
      const InstanceCounters& counters,
      Role role,
      era::Generation generation,
      Owner& owner
  );

  void start();
  void stop();

  /// Sends a call, as request_tail() made it, now or when what it starts is up.
  void accept(std::uint64_t id, std::string tail, Waiting waiting);
  void cancel(std::uint64_t id, std::string_view reason);
  void reply(std::uint64_t id, const std::string& question_id, const Answer& answer);
  void watch(const std::string& uri, bool wanted);

  Status status() const { return supervisor_.status(); }

  bool has_stopped() const { return is_done_; }

  era::Generation generation() const { return generation_; }

  /// Never null.
  const std::shared_ptr<const catalogue::Offers>& offers() const { return offers_; }

  /// One that sleeps would offer the same.
  bool are_offers_fresh() const {
    return (is_up_ || status().state == State::idle) && lists_.are_fresh();
  }

  Error down() const;

  /// All of a request but its id, on one line.
  static std::string request_tail(std::string_view method, std::string_view params);

 private:
  using OnAnswer = void (Instance::*)(const Answer&);

  bool is_shared() const { return role_ == Role::shared; }

  void on_line(std::string_view line) override;
  void on_stderr(std::string_view line) override;
  void on_stderr_left_out(std::size_t lines) override;
  void on_end(const std::string& why) override;

  // instance.cpp: its life
  void perform(const Supervisor::Event& event);
  void open_link();
  void close_all();
  void set_clock();
  void publish();
  void wait(asio::steady_timer& timer, void (Instance::*then)());
  void tick();
  void watch_idle();
  void look_idle();
  void take_turn(Introduction::Turn turn);
  void lose_patience();
  void take_discover(const Answer& answer);
  void take_initialize(const Answer& answer);
  void begin_lists(era::Generation generation);
  void introduced();

  // instance_lists.cpp
  void list_again(catalogue::Kind kind);
  void list_next();
  void list_due();
  void ask_list(const Lists::Request& request);
  void take_page(const Answer& answer);
  void list_failed(const std::string& why, bool was_silent);
  void publish_offers();

  // instance_calls.cpp: clients' calls, and what is said around them
  void send(std::uint64_t id, std::string_view tail);
  void send_held();
  void fail_held();
  bool drop_held(std::uint64_t id);
  void give_up_oldest();
  void ask_client(const rpc::Message& message);
  void hear_progress(const rpc::Message& message);
  void hear_log(const rpc::Message& message);
  void set_log_level(LogLevel level);
  void subscribe(const std::string& uri, bool wanted);
  void listen();
  void listen_soon();
  void listen_due();
  void pass_over(const Answer& answer);

  // instance_wire.cpp: lines
  void dispatch(const rpc::Message& message);
  void dispatch_response(const rpc::Message& message);
  void dispatch_notification(const rpc::Message& message);
  void hear_exited(const rpc::Message& message);
  void fail_calls(std::string_view line, const std::string& why);
  void fail_call(rpc::Value reply, const std::string& why);
  void answer_request(const rpc::Message& message);
  void ignore(Ignored reason, std::string_view line);
  std::uint64_t ask(std::string_view method, const std::string& params, OnAnswer then);
  void hear_silence(OnAnswer then, const std::string& why);
  std::chrono::milliseconds patience_with(OnAnswer then) const;
  void write_request(std::uint64_t id, std::string_view tail);
  void write_line(std::string_view line);
  void watch_deadlines();
  void look_deadlines();
  void expire();
  void tell_cancelled(std::uint64_t id, std::string_view reason);

  asio::io_context& context_;
  const StdioOptions& options_;
  const InstanceCounters& counters_;
  const Role role_;
  Owner& owner_;
  const std::string title_;  // `backend "notes"`, for messages
  const std::optional<std::chrono::milliseconds> idle_timeout_;

  Supervisor supervisor_;
  Status told_;
  bool is_up_ = false;
  bool is_done_ = false;
  asio::steady_timer clock_;  // the supervisor's
  Introduction introduction_;
  asio::steady_timer patience_;  // with server/discover
  std::uint64_t discover_id_ = 0;
  bool ask_discover_ = true;
  bool is_known_modern_ = false;
  bool is_to_begin_again_ = false;
  era::Generation generation_;
  std::shared_ptr<Link> link_;
  std::string bridge_why_;

  Lists lists_;
  asio::steady_timer list_clock_;
  std::shared_ptr<const catalogue::Offers> offers_;

  Waiters waiters_;
  std::map<std::uint64_t, std::string> held_;  // tails of calls that wait for its start
  std::size_t held_bytes_ = 0;
  asio::steady_timer deadlines_;  // one for all calls
  std::optional<Waiters::Time> watched_deadline_;
  asio::steady_timer idle_clock_;
  Waiters::Time last_used_;

  std::optional<LogLevel> log_level_;  // what it has been told to say at least
  std::set<std::string> watched_;
  std::uint64_t listen_id_ = 0;
  asio::steady_timer relisten_;
  Waiters::Time listened_;
  bool is_listen_due_ = false;
  Waiters::Time last_complaint_;
};

}  // namespace mooring::backend
