// SPDX-License-Identifier: Apache-2.0
#include "server/backend/listing.hpp"

#include "server/backend/introduction.hpp"
#include "server/rpc/message.hpp"

namespace mooring::backend {
namespace {

constexpr std::size_t most_items = 10'000;
constexpr std::size_t most_bytes = 64 << 20;

bool is_method_not_found(std::string_view raw_error) {
  rpc::Value code;
  rpc::pick(rpc::first_value(raw_error), {{"code", &code}});
  return code.is(rpc::Kind::number) && rpc::integer_of(code) == rpc::code::method_not_found;
}

}  // namespace

std::string Listing::params() const {
  std::string params = "{";
  if (generation_ == era::Generation::modern) {
    params += modern_meta();
  }
  if (!cursor_.empty()) {
    params.append(params.size() > 1 ? "," : "").append("\"cursor\":").append(cursor_);
  }
  return params += '}';
}

Result<bool> Listing::take(const Answer& answer) {
  if (!answer.is_error) {
    return take_result(answer.raw);
  }
  // A server that has nothing to list need not know the method.
  if (items.empty() && is_method_not_found(answer.raw)) {
    return true;
  }
  return fail(
      Errc::unavailable, "refused " + std::string(method()) + ": " + error_message(answer.raw)
  );
}

Result<bool> Listing::take_result(std::string_view raw) {
  const std::string method(this->method());
  rpc::Value list, next;
  rpc::pick(rpc::first_value(raw), {{catalogue::list_member(kind_), &list}, {"nextCursor", &next}});
  if (!list.is(rpc::Kind::array)) {
    return fail(
        Errc::unavailable,
        "answered " + method + " without a list of " + std::string(catalogue::name(kind_))
    );
  }
  bytes_ += raw.size();
  rpc::Elements elements(list);
  while (elements.next()) {
    items.emplace_back(elements.value.raw);
    if (items.size() > most_items || bytes_ > most_bytes) {
      return tl::unexpected(too_long());
    }
  }
  if (!next.is(rpc::Kind::string)) {
    return true;
  }
  if (next.raw == cursor_) {
    return fail(Errc::unavailable, "gave the same cursor twice in " + method);
  }
  cursor_ = next.raw;
  if ((bytes_ += cursor_.size() + 64) > most_bytes) {
    return tl::unexpected(too_long());
  }
  return false;
}

Error Listing::too_long() const {
  return {
      Errc::unavailable,
      "lists more than 10,000 " + std::string(catalogue::name(kind_)) + " or 64 MiB of them"};
}

}  // namespace mooring::backend
