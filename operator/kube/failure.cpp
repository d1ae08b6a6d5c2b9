// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/failure.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/object.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace mooring::kube {
namespace {

using nlohmann::json;

constexpr const char* namespace_going = "NamespaceTerminating";

Errc code_of(int status) {
  switch (status) {
    case 400:
    case 405:
    case 406:
    case 413:
    case 415:
    case 422:
      return Errc::invalid;
    case 401:
      return Errc::unauthenticated;
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 410:
      return Errc::gone;
    case 429:
      return Errc::too_many;
    case 408:
    case 504:
      return Errc::timeout;
    default:
      return status >= 500 ? Errc::unavailable : Errc::internal;
  }
}

void read_causes(const json& causes, Failure& failure) {
  for (const json& cause : causes) {
    if (!cause.is_object()) {
      continue;
    }
    const std::string reason = api::text_at(cause, {"reason"});
    // The server says these two by cause, not by status.
    failure.version_too_large |= reason == "ResourceVersionTooLarge";
    if (reason == namespace_going) {
      failure.reason = reason;
    }
    const std::string field = api::text_at(cause, {"field"});
    failure.causes.push_back(
        (field.empty() ? reason : field) + ": " + api::text_at(cause, {"message"})
    );
  }
}

void read_status(const json& status, Failure& failure) {
  failure.message = api::text_at(status, {"message"});
  failure.reason = api::text_at(status, {"reason"});
  const auto details = status.find("details");
  if (details == status.end() || !details->is_object()) {
    return;
  }
  if (failure.code == Errc::not_found && api::text_at(*details, {"kind"}) == "namespaces") {
    failure.reason = namespace_going;  // it has gone
  }
  if (const auto seconds = details->find("retryAfterSeconds");
      seconds != details->end() && seconds->is_number_integer() && seconds->get<int>() > 0) {
    failure.retry_after = std::chrono::seconds(seconds->get<int>());
  }
  if (const auto causes = details->find("causes"); causes != details->end() && causes->is_array()) {
    read_causes(*causes, failure);
  }
}

}  // namespace

bool is_namespace_going(const Failure& failure) {
  return failure.reason == namespace_going;
}

Failure failure_of(
    int status, std::string_view body, std::string_view retry_after, std::string_view what
) {
  Failure failure;
  failure.status = status;
  failure.code = code_of(status);
  const json parsed = json::parse(body, nullptr, false);
  if (parsed.is_object()) {
    read_status(parsed, failure);
  } else {
    failure.message = std::string(text::trim(text::utf8_cut(body, 200)));
  }
  int seconds = 0;
  const auto [end, error] =
      std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
  if (error == std::errc{} && end == retry_after.data() + retry_after.size() && seconds >= 0) {
    failure.retry_after = std::chrono::seconds(seconds);
  }
  if (failure.reason == "Expired" || failure.reason == "Gone") {
    failure.code = Errc::gone;
  }
  failure.message =
      std::string(what) + ": " +
      (failure.message.empty() ? "answered " + std::to_string(status) : std::move(failure.message));
  return failure;
}

Failure failure_of_status(std::string_view status_object, std::string_view what) {
  const json parsed = json::parse(status_object, nullptr, false);
  int code = 500;
  if (parsed.is_object()) {
    if (const auto found = parsed.find("code");
        found != parsed.end() && found->is_number_integer()) {
      code = found->get<int>();
    }
  }
  return failure_of(code, status_object, "", what);
}

bool at_least(std::string_view version, std::string_view seen) {
  if (version.size() != seen.size()) {
    return version.size() > seen.size();
  }
  return version >= seen;
}

}  // namespace mooring::kube
