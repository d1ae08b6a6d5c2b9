// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"
#include "server/era/era.hpp"
#include "server/session/session.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The methods: what to answer, or which backend to ask and how its answer becomes ours.
namespace mooring::mcp {

/// Who we are, rendered once.
class Profile {
 public:
  Profile(std::string_view name, std::string_view version);

  const std::string& server_info() const { return server_info_; }

  std::string initialize_result(std::string_view version) const;

  const std::string& discover_result() const { return discover_result_; }

 private:
  std::string server_info_;
  std::string discover_result_;
};

struct Reply {
  int status = 200;
  std::string body;
  std::optional<session::Session> begun;  ///< to be sealed into `Mcp-Session-Id`
  int code = 0;                           ///< of rpc::code, if the body is an error
};

/// 202, no body.
struct Accepted {};

/// A backend is to be asked. The slices point into the request's body, `tool` into the catalogue.
struct ToolCall {
  const catalogue::Tool* tool = nullptr;
  const era::Call* call = nullptr;
  const session::Session* session = nullptr;  ///< legacy only
};

using Step = std::variant<Reply, Accepted, ToolCall>;

struct Context {
  const Profile& profile;
  const catalogue::Catalogue& catalogue;
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

/// The `params` of `tools/call` as a backend of this generation wants them.
std::string call_params(const ToolCall& step, era::Generation backend);

/// What a backend answered: the raw `result`, or the raw `error` object.
struct Answer {
  era::Generation generation = era::Generation::legacy;
  bool is_error = false;
  std::string_view raw;
};

/// The whole reply body for the client. The answer must be checked JSON.
std::string reply_body(const ToolCall& step, const Answer& answer, const Profile& profile);

/// The same for a call that got no answer: -32603 with this message.
std::string failure_body(const ToolCall& step, std::string_view message);

}  // namespace mooring::mcp
