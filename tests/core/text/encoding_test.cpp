// SPDX-License-Identifier: Apache-2.0
#include "core/text/encoding.hpp"

#include "tests/support/random.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("encoding: base64 of RFC 4648, section 10") {
  struct Case {
    const char *plain, *padded, *url;
  };

  for (const Case& one : std::vector<Case>{
           {"", "", ""},
           {"f", "Zg==", "Zg"},
           {"fo", "Zm8=", "Zm8"},
           {"foo", "Zm9v", "Zm9v"},
           {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
           {"\xfb\xff", "+/8=", "-_8"}}) {
    CAPTURE(one.plain);
    CHECK(text::base64(one.plain) == one.padded);
    CHECK(text::from_base64(one.padded) == one.plain);
    CHECK(text::base64url(one.plain) == one.url);
    CHECK(text::from_base64url(one.url) == one.plain);
  }
}

TEST_CASE("encoding: what is not exactly base64 is refused") {
  for (const char* bad :
       {"Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==\n", " Zg=", "Zg=a", "-_8="}) {
    CAPTURE(bad);
    CHECK_FALSE(text::from_base64(bad));
  }
  for (const char* bad : {"Zg==", "Z", "Zh", "Zm9", "+/8", "Zm 9v", "Zm9v\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(text::from_base64url(bad));
  }
  CHECK_FALSE(text::from_base64url(std::string_view("Zm9\0", 4)));
}

TEST_CASE("encoding: any bytes come back, and each has one spelling") {
  tests::Random random(2);
  for (int i = 0; i < 2'000; ++i) {
    const std::string bytes = random.bytes(random.below(70));
    CHECK(text::from_base64(text::base64(bytes)) == bytes);
    CHECK(text::from_base64url(text::base64url(bytes)) == bytes);

    const std::string spelling = random.mutate(text::base64url(bytes), {"=", "A", "_"});
    if (const auto decoded = text::from_base64url(spelling)) {
      CHECK(text::base64url(*decoded) == spelling);
    }
  }
}

TEST_CASE("encoding: SHA-256 of FIPS 180-4's example") {
  CHECK(
      text::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
  );
  CHECK(text::sha256("").size() == 32);
  CHECK(text::hex(std::string_view("\x00\xff", 2)) == "00ff");
}
