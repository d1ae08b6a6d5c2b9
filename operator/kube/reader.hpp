// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"
#include "operator/kube/failure.hpp"

namespace mooring::kube {

/// Reads straight from the API server. Calls block for at most the client's deadline.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Answer<api::Object> get(const api::ObjectRef& ref) = 0;
};

}  // namespace mooring::kube
