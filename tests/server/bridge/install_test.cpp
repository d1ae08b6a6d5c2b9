// SPDX-License-Identifier: Apache-2.0
#include "server/bridge/install.hpp"

#include "server/child/spawn.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace mooring;
namespace fs = std::filesystem;

namespace {

struct Directory {
  fs::path path;

  Directory() {
    char name[] = "/tmp/mooring-install-XXXXXX";
    path = mkdtemp(name);
  }

  ~Directory() { fs::remove_all(path); }
};

std::pair<int, std::string> run(const std::vector<std::string>& argv) {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());
  auto spawned = child::spawn({argv, "/", {}}, pair->second);
  REQUIRE(spawned.has_value());
  pair->second.reset();
  std::string out;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(pair->first.get(), buffer, sizeof buffer)) > 0;) {
    out.append(buffer, static_cast<std::size_t>(got));
  }
  int status = 0;
  waitpid(spawned->pid, &status, 0);
  return {status, out};
}

}  // namespace

TEST_CASE("install: the copy runs from its directory alone, by its own loader") {
  const Directory directory;
  const std::string at = directory.path / "sub" / "mooring";
  REQUIRE(bridge::install(at) == 0);
  const std::string loader = at + "/ld-linux-x86-64.so.2";

  const auto version = run({loader, "--library-path", at, at + "/mcp-server", "--version"});
  const auto libraries = run({loader, "--library-path", at, "--list", at + "/mcp-server"});

  CHECK(version.first == 0);
  CHECK(version.second.find("doctest") != std::string::npos);
  CHECK(libraries.first == 0);
  CHECK(libraries.second.find(at + "/libstdc++.so.6") != std::string::npos);
  CHECK(libraries.second.find("=> /lib") == std::string::npos);
  CHECK(libraries.second.find("=> /usr") == std::string::npos);
}

TEST_CASE("install: what is copied may be read and run by all, and written by nobody") {
  const Directory directory;
  REQUIRE(bridge::install(directory.path) == 0);

  for (const auto& entry : fs::directory_iterator(directory.path)) {
    CAPTURE(entry.path().string());
    CHECK(entry.status().permissions() == static_cast<fs::perms>(0555));
    CHECK(entry.path().extension() != ".new");
  }
}

TEST_CASE("install: it may be repeated") {
  const Directory directory;
  const std::string at = directory.path;
  REQUIRE(bridge::install(at) == 0);

  CHECK(bridge::install(at) == 0);
}

TEST_CASE("install: a place that cannot be written is no success") {
  CHECK(bridge::install("/proc/mooring") == 3);
}
