// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"
#include "server/era/era.hpp"
#include "server/session/session.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The methods: what to answer, or which backend to ask and how its answer becomes ours.
namespace mooring::mcp {

/// Who we are and what we can, rendered once.
class Profile {
 public:
  Profile(
      std::string_view name,
      std::string_view version,
      const catalogue::Capabilities& capabilities = {},
      std::string_view instructions = {}
  );

  const std::string& server_info() const { return server_info_; }

  std::string initialize_result(std::string_view version) const;

  const std::string& discover_result() const { return discover_result_; }

 private:
  std::string server_info_;
  std::string about_;  // members: capabilities, instructions
  std::string discover_result_;
};

struct Reply {
  int status = 200;
  std::string body;
  std::optional<session::Session> begun;  ///< to be sealed into `Mcp-Session-Id`
  int code = 0;                           ///< of rpc::code, if the body is an error
  bool is_tool_error = false;             ///< a result, with `isError`
  bool is_unknown_name = false;           ///< an error: no such tool or prompt in the catalogue
};

/// 202, no body.
struct Accepted {};

/// A backend is to be asked. The slices point into the request's body and into the catalogue.
struct Ask {
  const era::Call* call = nullptr;
  const session::Session* session = nullptr;  ///< legacy only
  std::size_t backend = 0;
  /// Asked in their order while the one before `says_not_found`: no list names the resource.
  std::vector<std::size_t> others;
  const catalogue::Tool* tool = nullptr;  ///< tools/call
  std::string_view own_name;              ///< of the tool or prompt, as its backend knows it
  rpc::Value input_responses;             ///< modern: what the client was asked before
  rpc::Value request_state;               ///< modern

  /// A literal.
  std::string_view method() const { return era::name(call->method); }
};

/// logging/setLevel: from now on this session is told what is as severe as this.
struct SetLevel {
  era::LogLevel level = era::LogLevel::info;
  Reply reply;
};

/// resources/subscribe and resources/unsubscribe.
struct Subscribe {
  std::string uri;
  bool is_on = false;
  std::size_t backend = 0;
  Reply reply;
};

/// subscriptions/listen: what of the client's filter can be honoured.
struct Listen {
  struct Resource {
    std::string uri;
    std::size_t backend = 0;
  };

  static constexpr std::size_t most_updates = 1'000;

  std::string id;  ///< raw, of the request
  bool tools = false;
  bool prompts = false;
  bool resources = false;
  std::vector<Resource> updates;
};

using Step = std::variant<Reply, Accepted, Ask, SetLevel, Subscribe, Listen>;

struct Context {
  const Profile& profile;
  const catalogue::Catalogue& catalogue;
  const seal::Ring& ring;
  session::Time now;
  std::chrono::seconds session_ttl;
};

/// `session` is there for every legacy message but `initialize`.
Step decide(
    const era::Call& call,
    const session::Session* session,
    const http::Request& request,
    const Context& context
);

/// How the backend is spoken to.
struct Hop {
  era::Generation generation = era::Generation::legacy;
  std::uint64_t progress_token = 0;                       ///< 0: progress is not wanted
  std::optional<era::LogLevel> log_level = std::nullopt;  ///< modern: log messages are wanted
  bool can_be_asked = false;  ///< a legacy client will answer what it is asked
};

/// The `params` as the backend wants them.
std::string params_of(const Ask& ask, const Hop& hop);

/// What a backend answered: the raw `result`, or the raw `error` object.
struct Answer {
  era::Generation generation = era::Generation::legacy;
  bool is_error = false;
  std::string_view raw;
};

/// Whether a backend means that the resource is not its own: the next one may know it.
bool says_not_found(const Ask& ask, const Answer& answer);

/// The answer for the client. It must be checked JSON.
Reply reply_of(const Ask& ask, const Answer& answer, const Profile& profile);

/// The same for a call that got no answer: -32603 with this message.
Reply failure(const Ask& ask, std::string_view message);

/// What a backend told meanwhile (`notifications/progress`, `notifications/message`), as a message
/// for the client. Empty if it has not asked for it.
std::string notice_body(const Ask& ask, std::string_view method, std::string_view raw_params);

/// What goes over the stream of subscriptions/listen: first what is honoured, then notifications
/// with these params (raw, an object; empty: none), at last the result.
std::string acknowledged_body(const Listen& listen);
std::string heard_body(const Listen& listen, std::string_view method, std::string_view raw_params);
std::string listened_body(const Listen& listen, const Profile& profile);

}  // namespace mooring::mcp
