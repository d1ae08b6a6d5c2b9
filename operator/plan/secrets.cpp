// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/secrets.hpp"

#include "core/text/encoding.hpp"
#include "operator/render/render.hpp"

#include <algorithm>
#include <set>

namespace mooring::plan {
namespace {

constexpr std::size_t hash_digits = 16;

std::vector<api::SecretKeyRef> variables_of(const api::McpServer& server) {
  std::vector<api::SecretKeyRef> found;
  for (const api::Backend& backend : server.spec.backends) {
    if (!backend.stdio) {
      continue;
    }
    for (const api::EnvVar& variable : backend.stdio->env) {
      if (variable.secret) {
        found.push_back(*variable.secret);
      }
    }
  }
  return found;
}

// Empty where there is no such value, or none that could be read.
std::string value_hash(const Observed& observed, const api::SecretKeyRef& ref) {
  const auto secret = observed.secrets.find(ref.name);
  if (secret == observed.secrets.end()) {
    return "";
  }
  const auto value = secret->second.hashes.find(ref.key);
  return value == secret->second.hashes.end() ? "" : value->second;
}

}  // namespace

std::vector<std::string> references(const api::McpServer& server) {
  std::set<std::string> names;
  if (const auto& ingress = server.spec.ingress; ingress && ingress->tls && !ingress->tls->issuer) {
    names.insert(ingress->tls->secret_name);
  }
  for (const api::SecretKeyRef& variable : variables_of(server)) {
    names.insert(variable.name);
  }
  const auto& pulling = server.spec.pod.image_pull_secrets;
  names.insert(pulling.begin(), pulling.end());
  return {names.begin(), names.end()};
}

bool takes_secrets(const api::McpServer& server) {
  return !variables_of(server).empty();
}

std::string secrets_hash_in_force(const api::McpServer& server, const Observed& observed) {
  const api::Object* deployment = observed.find("Deployment", server.key.name);
  return deployment == nullptr
             ? ""
             : api::text_at(
                   deployment->body(),
                   {"spec", "template", "metadata", "annotations", render::secrets_hash_annotation}
               );
}

std::string secrets_hash(
    const api::McpServer& server, const Observed& observed, const std::string& salt
) {
  std::string all;
  for (const api::SecretKeyRef& variable : variables_of(server)) {
    const std::string value = value_hash(observed, variable);
    if (value.empty()) {
      return secrets_hash_in_force(server, observed);
    }
    all += value;
  }
  return all.empty() ? "" : text::sha256_hex(salt + all).substr(0, hash_digits);
}

}  // namespace mooring::plan
