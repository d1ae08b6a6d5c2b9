// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/backend/backend.hpp"
#include "server/catalogue/offers.hpp"

#include <set>
#include <string>
#include <string_view>

namespace mooring::backend {

/// Finds out which generation a server speaks: `server/discover` first; whoever refuses it, or does
/// not answer for a while (some servers wait for `initialize` whatever is sent), is asked to
/// `initialize` with 2025-11-25. The first good answer decides, unless the other question is open.
class Introduction {
 public:
  enum class Turn {
    wait,
    ask_discover,
    ask_initialize,
    modern,
    legacy,
    again,  ///< modern, but it has been sent `initialize` too: only another start can tell them
            ///< apart
    failed,
  };

  /// `ask_discover` false: `initialize` at once, for a server that has ended on `server/discover`.
  Turn begin(bool ask_discover);
  Turn discovered(const Answer& answer);
  /// `server/discover` has not been answered for a while.
  Turn impatient();
  Turn initialized(const Answer& answer);

  bool awaits_discover() const { return discover_ == Question::open; }

  /// Why the turn is `failed`.
  const std::string& why() const { return why_; }

  /// What the answer that decided said of the server; its lists are still empty.
  const catalogue::Offers& offers() const { return offers_; }

 private:
  enum class Question { unasked, open, answered };

  Turn initialize();

  Question discover_ = Question::unasked;
  Question initialize_ = Question::unasked;
  bool decided_ = false;
  std::string why_;
  catalogue::Offers offers_;
};

std::string discover_params();
std::string initialize_params();

/// Asks a modern server to tell when its lists change, as far as it has them.
std::string listen_params(
    const catalogue::Capabilities& capabilities, const std::set<std::string>& watched
);

/// The `_meta` member of a request to a modern server.
std::string modern_meta();

/// The `message` of a raw error object, shortened.
std::string error_message(std::string_view raw_error);

}  // namespace mooring::backend
