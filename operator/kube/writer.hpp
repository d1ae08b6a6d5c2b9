// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"
#include "operator/kube/failure.hpp"

#include <string_view>

namespace mooring::kube {

/// Writes to the API server. Every call may reach it twice (a lost answer is asked for again), so
/// each is such that twice is the same as once, or refused the second time with `conflict`.
class Writer {
 public:
  virtual ~Writer() = default;

  /// Server-side apply: afterwards the fields of `object`, and no others, are the manager's.
  virtual Answer<api::Object> apply(const api::Object& object, std::string_view manager) = 0;
  /// The same for the status subresource; the object must exist.
  virtual Answer<api::Object> apply_status(const api::Object& object, std::string_view manager) = 0;
  /// Only the object with this uid and, unless empty, this version.
  virtual Answer<void> remove(
      const api::ObjectRef& ref, std::string_view uid, std::string_view resource_version
  ) = 0;
  virtual Answer<api::Object> create(const api::Object& object, std::string_view manager) = 0;
  /// The whole object; its resourceVersion must be the current one.
  virtual Answer<api::Object> replace(const api::Object& object, std::string_view manager) = 0;
  /// JSON merge patch (RFC 7386).
  virtual Answer<api::Object> merge(
      const api::ObjectRef& ref, const nlohmann::json& patch, std::string_view manager
  ) = 0;
};

}  // namespace mooring::kube
