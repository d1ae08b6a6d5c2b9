// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"
#include "server/backend/instance.hpp"

// How its lists are asked for.
namespace mooring::backend {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

// What a session's process lists is not for all.
void Instance::list_again(catalogue::Kind kind) {
  if (is_shared()) {
    lists_.change(kind, Clock::now());
    if (is_up_) {
      list_next();
    }
  }
}

void Instance::list_next() {
  if (const auto request = lists_.next(Clock::now())) {
    ask_list(*request);
  } else if (!is_up_ && !lists_.is_asking()) {
    introduced();
  } else if (const auto wake = lists_.wake()) {
    list_clock_.expires_at(*wake);
    wait(list_clock_, &Instance::list_due);
  }
}

void Instance::list_due() {
  if (is_up_) {
    list_next();
  }
}

void Instance::ask_list(const Lists::Request& request) {
  ask(request.method, request.params, &Instance::take_page);
}

void Instance::take_page(const Answer& answer) {
  if (!lists_.is_asking()) {
    return;
  }
  const catalogue::Kind kind = lists_.kind();
  const Result<bool> is_last = lists_.take(answer);
  if (!is_last) {
    return list_failed(is_last.error().message, false);
  }
  if (!*is_last) {
    return ask_list(lists_.next_page());
  }
  if (is_up_) {
    log::info(
        "listed anew",
        {{"backend", options_.name},
         {"list", catalogue::name(kind)},
         {"count", lists_.known().of(kind).size()}}
    );
    publish_offers();
    owner_.on_change(*this);
  }
  list_next();
}

// Without its tools a server has not started; another list that it cannot give stays as it was
// last known.
void Instance::list_failed(const std::string& why, bool was_silent) {
  const catalogue::Kind kind = lists_.kind();
  if (!is_up_ && kind == catalogue::Kind::tools) {
    lists_.end();
    link_->close(why);
    return;
  }
  if (lists_.fail(*offers_, was_silent, Clock::now())) {
    log::warn(
        "list not renewed, the last known one stays",
        {{"backend", options_.name},
         {"list", catalogue::name(kind)},
         {"known", lists_.known().of(kind).size()},
         {"error", why}}
    );
  }
  owner_.on_change(*this);
  list_next();
}

void Instance::publish_offers() {
  catalogue::Offers offers = lists_.known();
  offers.capabilities.tools = offers.capabilities.tools || !offers.tools.empty();
  offers_ = std::make_shared<const catalogue::Offers>(std::move(offers));
}

}  // namespace mooring::backend
