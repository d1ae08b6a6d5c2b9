// SPDX-License-Identifier: Apache-2.0
#include "server/child/mask.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("mask: the values of the environment do not stand in what is shown") {
  const child::Mask mask(
      {{"TOKEN", "s3cr3t-t0ken"},
       {"LONGER", "s3cr3t-t0ken-and-more"},
       {"KEY", "line-one\nline-two\n"}}
  );

  CHECK(mask.apply("401: s3cr3t-t0ken, s3cr3t-t0ken refused") == "401: ***, *** refused");
  CHECK(mask.apply("s3cr3t-t0ken-and-more") == "***");
  CHECK(mask.apply("in line-two of the key") == "in *** of the key");
  CHECK(mask.apply("Error: no database") == "Error: no database");
}

TEST_CASE("mask: what says where a command runs, and what is short, stays readable") {
  const child::Mask mask(
      {{"HOME", "/home/node"},
       {"NODE_VERSION", "20.20.2"},
       {"KUBERNETES_SERVICE_HOST", "10.96.0.1"},
       {"LEVEL", "debug"},
       {"EMPTY", ""}}
  );
  const std::string text = "Node.js v20.20.2 in /home/node cannot reach 10.96.0.1 (debug)";

  CHECK(mask.apply(text) == text);
}
