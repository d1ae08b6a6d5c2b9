// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mooring::kube {

/// A refusal by the API server, or by the way to it. What to do follows from `code`; the rest is
/// for those who must know more: which field, when to come back.
struct Failure : Error {
  int status = 0;                   ///< HTTP status; 0: there was no answer
  std::string reason;               ///< Status.reason, e.g. `NamespaceTerminating`, `Expired`
  std::vector<std::string> causes;  ///< Status.details.causes as `field: message`
  std::optional<std::chrono::milliseconds> retry_after;  ///< as the server asked for
  bool version_too_large = false;  ///< the resource version asked for is newer than the server's
  std::string child = {};          ///< kind of the child that could not be written, if that was it

  bool operator==(const Failure&) const = default;
};

template <class T>
using Answer = tl::expected<T, Failure>;

[[nodiscard]] inline tl::unexpected<Failure> failed(Errc code, std::string message) {
  Failure failure;
  failure.code = code;
  failure.message = std::move(message);
  return tl::unexpected<Failure>(std::move(failure));
}

/// What an HTTP answer outside 2xx means. The body is a `Status` object, or the plain text of a
/// proxy or of an API group that is not there. `what` names the request, e.g.
/// `get deployments default/web`.
Failure failure_of(
    int status, std::string_view body, std::string_view retry_after, std::string_view what
);

/// The same for the `Status` object of an ERROR frame within a watch.
Failure failure_of_status(std::string_view status_object, std::string_view what);

/// The namespace is going away or has gone: nothing can be made in it, and nothing needs to be.
bool is_namespace_going(const Failure& failure);

/// Whether `version` is at least `seen`: decimal numbers of any length (comparable by contract
/// since Kubernetes 1.35). Empty is older than everything.
bool at_least(std::string_view version, std::string_view seen);

}  // namespace mooring::kube
