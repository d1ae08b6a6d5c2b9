// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>

namespace mooring::api {

/// Which McpServer: what queues, caches and logs speak of.
struct ObjectKey {
  std::string namespace_;
  std::string name;

  auto operator<=>(const ObjectKey&) const = default;
};

/// Which object of which kind.
struct ObjectRef {
  std::string kind;
  std::string namespace_;
  std::string name;

  auto operator<=>(const ObjectRef&) const = default;
};

/// `namespace/name`, and `Kind/name` (the namespace is known from the context it is shown in).
std::string print(const ObjectKey& key);
std::string print(const ObjectRef& ref);

}  // namespace mooring::api
