// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/time/rfc3339.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::api {

enum class ConditionStatus { true_, false_, unknown };

std::string_view name(ConditionStatus status);

/// The entry of that type in a list of conditions, as any object of Kubernetes has it; null if
/// there is none.
const nlohmann::json& condition_of(const nlohmann::json& conditions, std::string_view type);

struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::unknown;
  std::string reason;
  std::string message;
  std::int64_t observed_generation = 0;
  std::string last_transition_time;  ///< RFC 3339

  bool operator==(const Condition&) const = default;
};

/// The conditions of one status: what stood there before, and what stands there now. The time of a
/// condition changes only when its status does, so that the same findings give the same bytes.
class Conditions {
 public:
  Conditions(const nlohmann::json& previous, std::int64_t generation, time::Timestamp now);

  void set(
      std::string_view type, ConditionStatus status, std::string_view reason, std::string message
  );
  /// As set now; nullptr if it has not been set.
  const Condition* find(std::string_view type) const;
  /// As it stood before; nullptr if it did not.
  const Condition* previous(std::string_view type) const;

  const std::vector<Condition>& all() const { return current_; }

  /// In the order in which they were set.
  nlohmann::json to_json() const;

 private:
  std::vector<Condition> previous_;
  std::vector<Condition> current_;
  std::int64_t generation_;
  std::string now_;
};

}  // namespace mooring::api
