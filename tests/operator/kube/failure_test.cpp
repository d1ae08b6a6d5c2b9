// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/failure.hpp"

#include <doctest/doctest.h>

namespace mooring::kube {
namespace {

using namespace std::chrono_literals;

TEST_CASE("failure: each HTTP status has the code that says what to do") {
  const std::pair<int, Errc> cases[] = {
      {400, Errc::invalid},
      {401, Errc::unauthenticated},
      {403, Errc::forbidden},
      {404, Errc::not_found},
      {409, Errc::conflict},
      {410, Errc::gone},
      {422, Errc::invalid},
      {429, Errc::too_many},
      {500, Errc::unavailable},
      {503, Errc::unavailable},
      {504, Errc::timeout},
  };
  for (const auto& [status, code] : cases) {
    CAPTURE(status);
    CHECK(failure_of(status, "{}", "", "get x").code == code);
  }
}

TEST_CASE("failure: the server's message, its causes and when to come back are kept") {
  const std::string body = R"({"kind":"Status","status":"Failure",
    "message":"Deployment.apps \"web\" is invalid","reason":"Invalid","code":422,
    "details":{"causes":[{"reason":"FieldValueInvalid","message":"must be positive",
    "field":"spec.replicas"}],"retryAfterSeconds":2}})";

  const Failure failure = failure_of(422, body, "", "patch deployments.apps tools/web");

  CHECK(failure.message == "patch deployments.apps tools/web: Deployment.apps \"web\" is invalid");
  CHECK(failure.reason == "Invalid");
  CHECK(failure.causes == std::vector<std::string>{"spec.replicas: must be positive"});
  CHECK(failure.retry_after == 2s);
}

TEST_CASE("failure: Retry-After of the head counts, nonsense in it does not") {
  CHECK(failure_of(429, "{}", "7", "list x").retry_after == 7s);
  CHECK_FALSE(failure_of(429, "{}", "Wed, 21 Oct", "list x").retry_after);
  CHECK_FALSE(failure_of(429, "{}", "", "list x").retry_after);
}

TEST_CASE("failure: a body that is no Status is shown as it is, cut") {
  CHECK(
      failure_of(404, "404 page not found\n", "", "list x").message == "list x: 404 page not found"
  );
  CHECK(failure_of(502, std::string(5000, 'x'), "", "list x").message.size() < 300);
  CHECK(failure_of(503, "", "", "list x").message == "list x: answered 503");
}

TEST_CASE("failure: an expired version is gone whatever the status says, a too new one is told") {
  CHECK(
      failure_of(400, R"({"reason":"Expired","message":"too old"})", "", "list x").code ==
      Errc::gone
  );
  const Failure too_new = failure_of(
      504,
      R"({"reason":"Timeout","message":"Too large resource version",
          "details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"m"}]}})",
      "",
      "list x"
  );
  CHECK(too_new.version_too_large);
}

TEST_CASE("failure: a namespace that is going is told by its cause") {
  const Failure failure = failure_of(
      403,
      R"({"reason":"Forbidden","message":"no","details":{"causes":[
         {"reason":"NamespaceTerminating","message":"m","field":"metadata.namespace"}]}})",
      "",
      "patch x"
  );
  CHECK(is_namespace_going(failure));
  CHECK(is_namespace_going(failure_of(
      404,
      R"({"reason":"NotFound","message":"namespaces \"x\" not found",
          "details":{"name":"x","kind":"namespaces"}})",
      "",
      "patch x"
  )));
  CHECK_FALSE(is_namespace_going(failure_of(
      404, R"({"reason":"NotFound","details":{"name":"x","kind":"services"}})", "", "get x"
  )));
}

TEST_CASE("failure: the Status of an ERROR frame") {
  const Failure failure =
      failure_of_status(R"({"code":410,"message":"too old resource version"})", "watch x");
  CHECK(failure.code == Errc::gone);
  CHECK(failure_of_status("garbage", "watch x").code == Errc::unavailable);
}

TEST_CASE("failure: resource versions compare as numbers of any length") {
  CHECK(at_least("10", "9"));
  CHECK(at_least("10", "10"));
  CHECK_FALSE(at_least("9", "10"));
  CHECK(at_least("123456789012345678901234567890", "99999999999999999999"));
  CHECK_FALSE(at_least("", "1"));
  CHECK(at_least("1", ""));
}

}  // namespace
}  // namespace mooring::kube
