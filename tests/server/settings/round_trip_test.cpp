// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "server/settings/settings.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

using namespace mooring;

namespace {

// Draws settings over the whole table: bounds, every kind of backend, text that JSON and YAML must
// escape.
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}

  settings::Settings all() {
    settings::Settings settings{
        .server = {text(), text(), text()},
        .listen =
            {.address = pick({"0.0.0.0", "127.0.0.1", "::", "fe80::1"}),
             .port = static_cast<std::uint16_t>(number(0, 32767)),
             .path = pick({"/mcp", "/", "/a/b~c"}),
             .threads = static_cast<unsigned>(number(0, 64)),
             .max_body_bytes = static_cast<std::size_t>(number(1024, 64 << 20)),
             .max_connections = static_cast<std::size_t>(number(1, 1'000'000)),
             .allowed_hosts = {},
             .allowed_origins = {}},
        .admin = {"127.0.0.1", static_cast<std::uint16_t>(number(32768, 65535))},
        .drain_timeout = duration(0, 600'000),
        .sessions =
            {number(0, 1) == 0 ? "" : text(),
             duration(60'000, 86'400'000),
             duration(1000, 86'400'000)},
        .logging = {pick({"debug", "info", "warn", "error"}), pick({"json", "text"})},
        .backends = {}};
    settings.listen.allowed_hosts.assign(
        static_cast<std::size_t>(number(0, 3)), pick({"a.example", "[::1]:80", "h:1"})
    );
    settings.listen.allowed_origins.assign(
        static_cast<std::size_t>(number(0, 2)), pick({"https://a.example", "http://localhost:1"})
    );
    for (int i = number(1, 5); i > 0; --i) {
      settings.backends.push_back(backend("b" + std::to_string(i)));
    }
    return settings;
  }

 private:
  int number(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }

  std::string pick(std::vector<std::string> of) {
    return of[static_cast<std::size_t>(number(0, static_cast<int>(of.size()) - 1))];
  }

  settings::milliseconds duration(int low, int high) {
    return settings::milliseconds(number(low, high));
  }

  std::string text() {
    static const std::vector<std::string> pieces = {
        "a",
        " ",
        "\"",
        "\\",
        "\n",
        "\t",
        "{x}",
        "ü",
        "😀",
        "#",
        ": ",
        "- ",
        "'",
        "null",
        "1",
        "\x01"};
    std::string all;
    for (int i = number(1, 8); i > 0; --i) {
      all += pick(pieces);
    }
    return all;
  }

  settings::Exposure exposure() {
    using Prefix = settings::Exposure::Prefix;
    settings::Exposure exposure;
    exposure.prefix = std::array{
        Prefix::when_conflicting,
        Prefix::always,
        Prefix::never}[static_cast<std::size_t>(number(0, 2))];
    exposure.include.assign(
        static_cast<std::size_t>(number(0, 2)), pick({"*", "read_*", "a/b.c-d"})
    );
    exposure.exclude.assign(static_cast<std::size_t>(number(0, 2)), pick({"*x", "y"}));
    if (number(0, 1) == 0) {
      exposure.rename = {{text(), pick({"one", "t.w-o"})}, {"read", "read"}};
    }
    return exposure;
  }

  settings::Instances instances() {
    if (number(0, 1) == 0) {
      return {
          settings::Instances::Mode::per_session,
          static_cast<unsigned>(number(1, 1000)),
          duration(1000, 86'400'000)};
    }
    settings::Instances shared;
    if (number(0, 1) == 0) {
      shared.idle_timeout = duration(1000, 86'400'000);
    }
    return shared;
  }

  settings::Backend backend(std::string name) {
    settings::Backend backend{std::move(name), duration(100, 3'600'000), {}, exposure()};
    switch (number(0, 2)) {
      case 0:
        backend.kind = settings::StdioSocket{
            "/run/" + pick({"a", "b c"}), duration(1000, 600'000), number(0, 1) == 0, instances()};
        break;
      case 1:
        backend.kind = settings::StdioCommand{
            {text(), text(), ""},
            number(0, 1) == 0 ? "" : text(),
            number(0, 1) == 0 ? std::map<std::string, std::string>{}
                              : std::map<std::string, std::string>{{"A", text()}, {"_b", ""}},
            duration(1000, 600'000),
            number(0, 1) == 0,
            instances()};
        break;
      default:
        backend.kind = settings::DeclaredTools{
            {{"one", number(0, 1) == 0 ? "" : text(), text(), {{"type", "object"}}, text()},
             {"two.x-y_z",
              "",
              text(),
              {{"properties", {{text(), {{"minimum", -1.5}, {"const", nullptr}}}}}},
              text()}}};
    }
    return backend;
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("settings: what is printed parses to the same, as a value, as JSON text and as YAML") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const settings::Settings drawn = Draw(seed).all();
    const nlohmann::json printed = settings::print(drawn);
    const auto from_value = settings::from_json(printed);

    const std::string problems = from_value ? "" : describe(from_value.error());
    CAPTURE(problems);
    REQUIRE(from_value.has_value());
    CHECK((*from_value == drawn));
    const auto from_text = settings::parse(printed.dump());
    REQUIRE(from_text.has_value());
    CHECK((*from_text == drawn));
    const auto from_yaml = settings::parse(json::to_yaml(printed));
    REQUIRE(from_yaml.has_value());
    CHECK((*from_yaml == drawn));
  }
}

TEST_CASE("settings: no mutation of a document makes the parser fail otherwise than by a refusal") {
  const std::string document = settings::print(Draw(7).all()).dump();
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string mutant = document;
    for (int i = 0; i < 3; ++i) {
      const std::size_t at = random() % mutant.size();
      switch (random() % 3) {
        case 0:
          mutant[at] = static_cast<char>(random());
          break;
        case 1:
          mutant.erase(at, 1 + random() % 9);
          break;
        default:
          mutant.insert(at, 1, "{}[]\",:0-\\"[random() % 10]);
      }
    }
    CAPTURE(mutant);
    const auto parsed = settings::parse(mutant);
    CHECK((parsed.has_value() || !parsed.error().empty()));
  }
}
