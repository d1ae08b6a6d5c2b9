// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/fake_api_server.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace mooring::tests {

/// An API server that holds objects: get, list, watch with initial events, create, replace, apply.
/// No schema, no controllers, nothing is filled in; every permission is granted.
class ObjectServer {
 public:
  ObjectServer();

  const support::FakeApiServer& http() const { return http_; }

  void put(const std::string& path, nlohmann::json object);
  /// null if there is none.
  nlohmann::json get(const std::string& path) const;
  std::vector<std::string> paths() const;

 private:
  struct Change {
    std::string path;
    std::string type;
    nlohmann::json object;
  };

  void answer(const support::ApiRequest& request, support::ApiAnswer& answer);
  void read(const support::ApiRequest& request, support::ApiAnswer& answer);
  void watch(const std::string& path, support::ApiAnswer& answer);
  nlohmann::json write(const support::ApiRequest& request);
  void store(const std::string& path, nlohmann::json object);

  mutable std::mutex mutex_;
  std::map<std::string, nlohmann::json> objects_;  ///< by path
  std::vector<Change> changes_;
  support::FakeApiServer http_;  ///< last: its threads end before what they use
};

}  // namespace mooring::tests
