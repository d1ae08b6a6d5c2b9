// SPDX-License-Identifier: Apache-2.0
#include "core/result/result.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace mooring;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) {
    return fail(Errc::invalid, std::to_string(number) + " is odd");
  }
  return number / 2;
}

Result<std::unique_ptr<int>> quarter(int number) {
  MOORING_TRY(const int halved, half(number));
  MOORING_TRY(auto quartered, half(halved));
  return std::make_unique<int>(quartered);
}

}  // namespace

TEST_CASE("result: TRY binds the value, also one that can only be moved") {
  const auto result = quarter(12);

  REQUIRE(result);
  CHECK(**result == 3);
}

TEST_CASE("result: TRY hands the error up as it is") {
  const auto result = quarter(6);

  REQUIRE_FALSE(result);
  CHECK(result.error() == Error{Errc::invalid, "3 is odd"});
}

TEST_CASE("result: each kind of error has a name of its own") {
  CHECK(name(Errc::invalid) == "invalid");
  CHECK(name(Errc::too_many) == "too_many");
  CHECK(name(Errc::internal) == "internal");
}

TEST_CASE("result: field errors are told in one line, a root one without a path") {
  const std::vector<FieldError> errors{{"spec.replicas", "is -1"}, {"", "is no object"}};

  CHECK(describe(errors) == "spec.replicas: is -1; is no object");
  CHECK(describe(errors, "\n") == "spec.replicas: is -1\nis no object");
  CHECK(describe({}).empty());
}
