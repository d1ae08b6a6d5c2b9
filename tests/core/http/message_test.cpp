// SPDX-License-Identifier: Apache-2.0
#include "core/http/message.hpp"

#include "tests/support/random.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("message: path and query of a target") {
  http::Request request;
  request.target = "/mcp?a=1?b";
  CHECK(request.path() == "/mcp");
  CHECK(request.query() == "a=1?b");
  request.target = "/mcp";
  CHECK(request.path() == "/mcp");
  CHECK(request.query() == "");
}

TEST_CASE("message: a target in absolute form has its path, its query and its host") {
  http::Request request;
  request.headers = {{"Host", "other"}};
  request.target = "HTTP://a.example:80/mcp?x=1";
  CHECK(request.path() == "/mcp");
  CHECK(request.query() == "x=1");
  CHECK(request.authority() == "a.example:80");
  request.target = "http://a.example";
  CHECK(request.path() == "/");
  request.target = "http://a.example?x";
  CHECK(request.path() == "/");
  CHECK(request.query() == "x");
  request.target = "/mcp";
  CHECK(request.authority() == "other");
}

TEST_CASE("message: header names have no case, values no blanks, and doubles are counted") {
  http::Request request;
  request.headers = {{"Accept", " a "}, {"X", ""}, {"accept", "b"}};

  CHECK(request.header("ACCEPT") == "a");
  CHECK(request.count("Accept") == 2);
  CHECK(request.has_header("x"));
  CHECK_FALSE(request.has_header("y"));
  CHECK(request.header("y") == "");
}

TEST_CASE("message: URLs are taken apart") {
  struct Case {
    const char* text;
    bool tls;
    const char* host;
    int port;
    const char* target;
  };

  for (const Case& one : std::vector<Case>{
           {"http://a", false, "a", 80, "/"},
           {"HTTPS://A.Example/x?y", true, "a.example", 443, "/x?y"},
           {"http://a:3232/mcp", false, "a", 3232, "/mcp"},
           {"http://a?q", false, "a", 80, "/?q"},
           {"http://[::1]:80/", false, "::1", 80, "/"},
           {"https://[FE80::1]", true, "fe80::1", 443, "/"}}) {
    CAPTURE(one.text);
    http::Url url;
    REQUIRE(http::parse_url(one.text, url));
    CHECK(url.tls == one.tls);
    CHECK(url.host == one.host);
    CHECK(url.port == one.port);
    CHECK(url.target == one.target);
  }
}

TEST_CASE("message: what is no URL to be asked") {
  for (const char* bad :
       {"",
        "a",
        "ftp://a",
        "http:/a",
        "http://",
        "http://:80",
        "http://a:",
        "http://a:0",
        "http://a:65536",
        "http://a:8x",
        "http://u@a",
        "http://a b",
        "http://a/\r\nX: y",
        "http://a#f",
        "http://[::1",
        "http://[]",
        "http://[::1]x",
        "http://a\\b"}) {
    CAPTURE(bad);
    http::Url url;
    CHECK_FALSE(http::parse_url(bad, url));
  }
}

TEST_CASE("message: mutated URLs are read or refused, never more") {
  tests::Random random(9);
  for (int i = 0; i < 20'000; ++i) {
    http::Url url;
    if (http::parse_url(
            random.mutate("http://[::1]:8080/mcp?x=1", {"[", "]", ":", "@", "/", "https://"}), url
        )) {
      CHECK_FALSE(url.host.empty());
      CHECK(url.target[0] == '/');
    }
  }
}

TEST_CASE("message: replies carry their type, and each status a phrase") {
  CHECK(http::json_reply(200, "{}").content_type == "application/json");
  CHECK(http::text_reply(404, "x").content_type == "text/plain; charset=utf-8");
  CHECK(http::reason_phrase(413) == "Content Too Large");
  CHECK(http::reason_phrase(299) == "Unknown");
}
