// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// How clients outside the cluster reach an endpoint.
namespace mooring::api {

/// Of cert-manager.
struct IssuerRef {
  std::string kind;
  std::string name;

  bool operator==(const IssuerRef&) const = default;
};

struct IngressTls {
  std::string secret_name;
  std::optional<IssuerRef> issuer;  ///< makes the Secret; absent: somebody else does

  bool operator==(const IngressTls&) const = default;
};

struct Ingress {
  std::string class_name;  ///< empty: the cluster's default class
  std::string host;
  std::string path;
  std::optional<IngressTls> tls;
  std::map<std::string, std::string> annotations;

  bool operator==(const Ingress&) const = default;
};

inline constexpr const char* gateway_group = "gateway.networking.k8s.io";
inline constexpr const char* gateway_kind = "Gateway";

/// A Gateway, or some of its listeners.
struct ParentRef {
  std::string name;
  std::string namespace_;    ///< empty: the resource's own
  std::string section_name;  ///< empty: every listener
  std::int64_t port = 0;     ///< 0: every port

  bool operator==(const ParentRef&) const = default;
};

struct Gateway {
  std::vector<ParentRef> parents;
  std::vector<std::string> hostnames;  ///< empty: those of the listeners
  std::string path;

  bool operator==(const Gateway&) const = default;
};

/// Of a value that the check has let through.
Ingress read_ingress(const nlohmann::json& value);
Gateway read_gateway(const nlohmann::json& value);

}  // namespace mooring::api
