// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/uri_template.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace mooring;
using catalogue::UriTemplate;

TEST_CASE("uri template: what an expansion may be") {
  struct Row {
    std::string text;
    std::vector<std::string> matching;
    std::vector<std::string> others;
  };

  const std::vector<Row> rows = {
      {"x://plain", {"x://plain"}, {"x://plain/", "x://plai", ""}},
      {"test://template/{id}/data",
       {"test://template/123/data", "test://template/a%20b/data"},
       {"test://template//data", "test://template/1/2/data", "test://template/1/data/x"}},
      {"a.b://{x}", {"a.b://1"}, {"aXb://1"}},
      {"x://{a}-{b}", {"x://1-2", "x://1-2-3"}, {"x://1"}},
      {"x://{a,b}", {"x://1,2"}, {"x://1/2"}},
      {"file:///{+path}", {"file:///a/b/c.txt", "file:///a?b"}, {"file:///"}},
      {"x://a{/rest*}", {"x://a", "x://a/b", "x://a/b/c"}, {"x://ab"}},
      {"x://a{.ext}", {"x://a", "x://a.txt"}, {"x://a/txt"}},
      {"x://a{?q,lang}", {"x://a", "x://a?q=1&lang=de"}, {"x://a#q", "x://ab"}},
      {"x://a?fixed=1{&q}", {"x://a?fixed=1", "x://a?fixed=1&q=2"}, {"x://a"}},
      {"x://a{;p}", {"x://a;p=1"}, {"x://a/p"}},
      {"x://a{#frag}", {"x://a#b/c", "x://a"}, {"x://b#c"}},
      {"x://{name:3}", {"x://abc"}, {"x://"}},
      {"x://ä/{y}", {"x://ä/ö"}, {"x://a/o"}},
  };

  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto compiled = UriTemplate::compile(row.text);
    REQUIRE(compiled);
    for (const std::string& uri : row.matching) {
      CAPTURE(uri);
      CHECK(compiled->matches(uri));
    }
    for (const std::string& uri : row.others) {
      CAPTURE(uri);
      CHECK_FALSE(compiled->matches(uri));
    }
  }
}

TEST_CASE("uri template: what is none is refused with the rule") {
  for (const std::string& text : std::vector<std::string>{
           "",
           "x://{",
           "x://}",
           "x://{}",
           "x://{?}",
           "x://{a{b}}",
           "x://{a b}",
           "x://{=a}",
           std::string(2049, 'x')}) {
    CAPTURE(text);
    CHECK_FALSE(UriTemplate::compile(text));
  }
  CHECK(
      UriTemplate::compile("x://{").error().message ==
      R"(URI template "x://{" must have names of variables between "{" and "}" (RFC 6570))"
  );
}

TEST_CASE("uri template: no text breaks it") {
  std::mt19937 random(6570);
  const std::string alphabet = "{}+#./;?&a,:*%\\()[]|^$ \n\xff";
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::size_t left = random() % 24; left > 0; --left) {
      text += alphabet[random() % alphabet.size()];
    }
    if (const auto compiled = UriTemplate::compile(text)) {
      (void)compiled->matches(text);
    }
  }
}
